// flywheeld: reads its configuration, then runs (daemon.h) or only says whether it could.
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/io/log.h"
#include "orchestrator/daemon/config.h"
#include "orchestrator/daemon/daemon.h"
#include "orchestrator/daemon/listen_address.h"

namespace flywheel {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

struct Options {
  std::string config_path;
  std::string state_dir;
  std::string listen;
  std::string http;
  bool check = false;
  bool take_over = false;
  bool stop_workers = false;
  int max_workers = -1;
};

// Cores that this process may use.
int MachineCores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return CPU_COUNT(&cores);
}

int MachineMemoryMb() {
  constexpr int64_t kMb = 1024 * 1024;
  const int64_t bytes = static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE);
  return static_cast<int>(bytes / kMb);
}

Result<v1::DaemonConfig> Configure(const Options& options) {
  v1::DaemonConfig config;
  if (!options.config_path.empty()) {
    FW_ASSIGN(config, ReadDaemonConfig(options.config_path));
  }
  if (!options.state_dir.empty()) config.set_state_dir(options.state_dir);
  if (!options.listen.empty()) {
    FW_TRY(ParseListenAddress(options.listen).status());
    config.set_listen(options.listen);
  }
  if (options.max_workers >= 0) config.mutable_local()->set_max_workers(options.max_workers);
  return WithConfigDefaults(std::move(config), MachineCores(), MachineMemoryMb());
}

int Fail(const Status& status) {
  fmt::print(stderr, "flywheeld: {}\n", status.message());
  return kExitFailed;
}

int Run(const Options& options) {
  const Result<v1::DaemonConfig> config = Configure(options);
  if (!config.ok()) return Fail(config.status());
  const Result<LogLevel> level = ParseLogLevel(config->log_level());
  if (!level.ok()) return Fail(level.status());
  if (options.check) {
    fmt::print("{}: ok\n", options.config_path.empty() ? "defaults" : options.config_path);
    return 0;
  }
  StartLog("flywheeld", *level);
  DaemonOptions how{.if_owned = options.take_over ? IfOwned::kTakeOver : IfOwned::kRefuse,
                    .workers = options.stop_workers ? WorkersAtEnd::kStop : WorkersAtEnd::kLeave};
  if (!options.http.empty()) {
    const Result<ListenAddress> http = ParseListenAddress(options.http);
    if (!http.ok()) return Fail(http.status().WithContext("--http"));
    if (http->is_unix()) return Fail(InvalidArgument("--http: expected HOST:PORT, not a socket"));
    how.http = *http;
  }
  const Status status = RunDaemon(*config, how);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) {
  CLI::App app("flywheeld: runs campaigns. Decides and remembers; workers do the work.");
  flywheel::Options options;
  app.add_option("--config", options.config_path, "Configuration, JSON with comments");
  app.add_option("--state-dir", options.state_dir, "Instead of the configuration's state_dir");
  app.add_option("--listen", options.listen,
                 "unix:PATH or a loopback HOST:PORT, instead of the configuration's");
  app.add_option("--http", options.http,
                 "A loopback HOST:PORT that answers /healthz and /readyz; port 0 takes a free one");
  app.add_option("--workers", options.max_workers,
                 "Most workers to start here, instead of local.max_workers")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--take-over", options.take_over,
               "Replace a daemon on this state directory that hangs: one whose lease is stale is "
               "killed");
  app.add_flag("--stop-workers", options.stop_workers,
               "At the end stop the local workers and their tasks too; by default they go on, and "
               "the next daemon finds them");
  app.add_flag("--check", options.check, "Check the configuration and exit");
  app.set_version_flag("--version", FLYWHEEL_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : flywheel::kExitUsage;
  }
  return flywheel::Run(options);
}

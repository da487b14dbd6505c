// The whole chain on this machine: a real flywheeld, the real flywheel-workers that it starts (or
// the test does), and fake_task as their task, which behaves as a script says.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/campaign_calls.h"
#include "tests/integration/daemon_process.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {

// Other processes make it true; there is nothing to be told by. False after a minute.
bool Eventually(const std::function<bool()>& condition);

// Whether the tests that have a long form run it: FLYWHEEL_LONG_TESTS=1.
bool LongForm();

// Two workers that leave soon.
inline constexpr const char* kTwoWorkers =
    R"({"local": {"max_workers": 2, "cpus": 2, "idle_timeout_s": 0.5}})";

class LocalChain {
 public:
  // `script` as in tests/support/fake_task/README.md.
  explicit LocalChain(const nlohmann::json& script, const std::string& config = kTwoWorkers,
                      const std::vector<std::string>& daemon_options = {});
  LocalChain(const LocalChain&) = delete;
  LocalChain& operator=(const LocalChain&) = delete;
  // Kills the daemon and every worker, and with them their tasks.
  ~LocalChain();

  std::string state() const { return folder_ / "state"; }
  DaemonProcess& daemon() { return *daemon_; }

  // A worker beside those that the daemon starts. This process is its parent.
  ChildProcess& StartWorker(const std::string& id);
  std::string WorkerLog(const std::string& id) const;

  std::string Create(const std::string& display_name) {
    return testing::Create(*daemon_, SmallCampaign(display_name));
  }
  std::vector<v1::Event> WatchToEnd(const std::string& name) {
    return testing::WatchToEnd(*daemon_, name);
  }
  // The workers that daemons have started here, dead or alive, by name.
  std::map<std::string, ProcessIdentity> Workers() const;
  // Whether an attempt whose name holds `part` has left its exit.json.
  bool HasEnded(const std::string& part) const;

 private:
  TempDir folder_;
  std::string task_program_;
  std::optional<DaemonProcess> daemon_;
  std::map<std::string, ChildProcess> started_;
};

// The process whose pid fake_task has put into `file`; waits for it.
ProcessIdentity ProcessNamedIn(const std::string& file);

}  // namespace flywheel::testing

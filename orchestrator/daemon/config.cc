#include "orchestrator/daemon/config.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <array>
#include <cmath>

#include "base/io/files.h"
#include "base/io/json.h"
#include "orchestrator/daemon/listen_address.h"

namespace flywheel {
namespace {

constexpr std::array kLogLevels = {"trace", "debug", "info", "warn", "error"};
constexpr int64_t kDefaultDiskLowMb = 512;
constexpr double kDefaultKeepEventsS = 30.0 * 24 * 3600;
constexpr double kDefaultLeaseS = 60;
constexpr double kDefaultOrphanTimeoutS = 4 * 3600;
constexpr double kDefaultIdleTimeoutS = 30;
constexpr int kHeartbeatsALease = 6;
// More local workers than this is a typing error.
constexpr int kMaxLocalWorkers = 1024;

Status CheckSeconds(std::string_view field, double value) {
  if (std::isfinite(value) && value >= 0) return OkStatus();
  return InvalidArgument(fmt::format("{}: {}: expected a number of at least 0", field, value));
}

Status CheckCount(std::string_view field, int64_t value) {
  if (value >= 0) return OkStatus();
  return InvalidArgument(fmt::format("{}: {}: expected at least 0", field, value));
}

Status CheckStageDefault(std::string_view stage, const v1::StagePolicy& policy) {
  const std::string field = fmt::format("stage_defaults.{}", stage);
  FW_TRY(CheckCount(field + ".max_attempts", policy.max_attempts()));
  FW_TRY(CheckCount(field + ".max_infrastructure_failures", policy.max_infrastructure_failures()));
  FW_TRY(CheckSeconds(field + ".backoff_initial_s", policy.backoff_initial_s()));
  FW_TRY(CheckSeconds(field + ".backoff_max_s", policy.backoff_max_s()));
  FW_TRY(CheckCount(field + ".resources.cpus", policy.resources().cpus()));
  FW_TRY(CheckCount(field + ".resources.memory_mb", policy.resources().memory_mb()));
  FW_TRY(CheckSeconds(field + ".limits.time_limit_s", policy.limits().time_limit_s()));
  FW_TRY(CheckSeconds(field + ".limits.stall_timeout_s", policy.limits().stall_timeout_s()));
  return CheckSeconds(field + ".limits.grace_s", policy.limits().grace_s());
}

Status CheckLogLevel(const std::string& level) {
  if (level.empty()) return OkStatus();
  for (const char* known : kLogLevels) {
    if (level == known) return OkStatus();
  }
  return InvalidArgument(
      fmt::format("log_level: '{}': expected one of {}", level, fmt::join(kLogLevels, ", ")));
}

Status CheckConfig(const v1::DaemonConfig& config) {
  if (!config.listen().empty()) FW_TRY(ParseListenAddress(config.listen()).status());
  FW_TRY(CheckSeconds("lease_s", config.lease_s()));
  FW_TRY(CheckSeconds("heartbeat_s", config.heartbeat_s()));
  FW_TRY(CheckSeconds("orphan_timeout_s", config.orphan_timeout_s()));
  const double lease = config.lease_s() > 0 ? config.lease_s() : kDefaultLeaseS;
  if (config.heartbeat_s() >= lease) {
    return InvalidArgument(fmt::format("heartbeat_s: {}: expected less than lease_s, which is {}",
                                       config.heartbeat_s(), lease));
  }
  const v1::LocalExecutorConfig& local = config.local();
  FW_TRY(CheckCount("local.max_workers", local.max_workers()));
  if (local.max_workers() > kMaxLocalWorkers) {
    return InvalidArgument(fmt::format("local.max_workers: {}: expected at most {}",
                                       local.max_workers(), kMaxLocalWorkers));
  }
  FW_TRY(CheckCount("local.cpus", local.cpus()));
  FW_TRY(CheckCount("local.memory_mb", local.memory_mb()));
  FW_TRY(CheckSeconds("local.idle_timeout_s", local.idle_timeout_s()));
  if (config.disk_low_mb() < 0) {
    return InvalidArgument(
        fmt::format("disk_low_mb: {}: expected a number of at least 0", config.disk_low_mb()));
  }
  FW_TRY(CheckSeconds("keep_events_s", config.keep_events_s()));
  const v1::StagePolicies& stages = config.stage_defaults();
  FW_TRY(CheckStageDefault("prepare", stages.prepare()));
  FW_TRY(CheckStageDefault("evaluate", stages.evaluate()));
  FW_TRY(CheckStageDefault("analyze", stages.analyze()));
  FW_TRY(CheckStageDefault("generate", stages.generate()));
  FW_TRY(CheckStageDefault("train", stages.train()));
  return CheckLogLevel(config.log_level());
}

// protobuf says "lease: Cannot find field." of a member that does not exist.
std::string Reworded(std::string problem) {
  constexpr std::string_view kUnknown = "Cannot find field.";
  if (const size_t at = problem.find(kUnknown); at != std::string::npos) {
    problem.replace(at, kUnknown.size(), "there is no such setting");
  }
  return problem;
}

}  // namespace

Result<v1::DaemonConfig> ParseDaemonConfig(std::string_view text, const std::string& source) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return v1::DaemonConfig();
  // nlohmann removes the comments, which protobuf's parser does not know, and says line and column.
  FW_ASSIGN(const nlohmann::json value, ParseJson(text, source, JsonComments::kAllow));
  if (!value.is_object()) {
    return InvalidArgument(
        fmt::format("{}: expected an object, found {}", source, value.type_name()));
  }
  v1::DaemonConfig config;
  const auto parsed = google::protobuf::util::JsonStringToMessage(CanonicalJson(value), &config);
  if (!parsed.ok()) {
    return InvalidArgument(fmt::format("{}: {}", source, Reworded(parsed.message().ToString())));
  }
  FW_TRY(CheckConfig(config).WithContext(source));
  return config;
}

Result<v1::DaemonConfig> ReadDaemonConfig(const std::string& path) {
  FW_ASSIGN(const std::string text, ReadFile(path));
  return ParseDaemonConfig(text, path);
}

v1::DaemonConfig WithConfigDefaults(v1::DaemonConfig config, int cores, int memory_mb) {
  if (config.state_dir().empty()) config.set_state_dir("flywheel-state");
  if (config.lease_s() == 0) config.set_lease_s(kDefaultLeaseS);
  if (config.heartbeat_s() == 0) config.set_heartbeat_s(config.lease_s() / kHeartbeatsALease);
  if (config.orphan_timeout_s() == 0) config.set_orphan_timeout_s(kDefaultOrphanTimeoutS);
  if (!config.has_disk_low_mb()) config.set_disk_low_mb(kDefaultDiskLowMb);
  if (!config.has_keep_events_s()) config.set_keep_events_s(kDefaultKeepEventsS);
  if (config.log_level().empty()) config.set_log_level("info");
  v1::LocalExecutorConfig& local = *config.mutable_local();
  if (!local.has_max_workers()) local.set_max_workers(cores);
  if (local.cpus() == 0) local.set_cpus(cores);
  if (local.memory_mb() == 0) local.set_memory_mb(memory_mb);
  if (local.idle_timeout_s() == 0) local.set_idle_timeout_s(kDefaultIdleTimeoutS);
  return config;
}

}  // namespace flywheel

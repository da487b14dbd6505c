// What a spec alone shows to be wrong. JSON sections are checked where a wrong value would only be
// noticed after something was spent.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/status.h"
#include "orchestrator/core/config.h"
#include "orchestrator/core/spec.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr size_t kLongestName = 64;
constexpr int32_t kMostIterations = 1000;

Status Wrong(std::string_view field, std::string_view value, std::string_view expected) {
  return InvalidArgument(fmt::format("{}: {}, expected {}", field, value, expected));
}

// Absent members have proto3's default, 0.
double Number(const json& section, std::string_view name) {
  const auto found = section.find(name);
  return found != section.end() && found->is_number() ? found->get<double>() : 0.0;
}

std::string Text(const json& section, std::string_view name) {
  const auto found = section.find(name);
  return found != section.end() && found->is_string() ? found->get<std::string>() : "";
}

Status AtLeast(const json& section, std::string_view where, std::string_view name, double low) {
  const double value = Number(section, name);
  if (value >= low) return OkStatus();
  return Wrong(fmt::format("{}.{}", where, name), fmt::format("{}", value),
               fmt::format("at least {}", low));
}

Status Above(const json& section, std::string_view where, std::string_view name) {
  const double value = Number(section, name);
  if (value > 0) return OkStatus();
  return Wrong(fmt::format("{}.{}", where, name), fmt::format("{}", value), "more than 0");
}

Status Within(std::string_view field, double value, double low, double high) {
  if (value >= low && value <= high) return OkStatus();
  return Wrong(field, fmt::format("{}", value), fmt::format("{} to {}", low, high));
}

Status CheckName(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (plain && !name.empty() && name.size() <= kLongestName) return OkStatus();
  return Wrong("display_name", fmt::format("\"{}\"", name),
               fmt::format("1 to {} letters, digits, '-' and '_'", kLongestName));
}

Status CheckWorld(const json& world, GatePolicy policy) {
  FW_TRY(AtLeast(world, "data.world", "steer_questions", 1));
  FW_TRY(AtLeast(world, "data.world", "gate_questions", 0));
  if (Number(world, "gate_questions") < 1 && policy != GatePolicy::kAlwaysPromote) {
    return Wrong("data.world.gate_questions", "0",
                 "at least 1, or gate.policy ALWAYS_PROMOTE: the test needs a gate split");
  }
  FW_TRY(AtLeast(world, "data.world", "sealed_questions", 0));
  return AtLeast(world, "data.world", "bank_scenes", 1);
}

Status CheckCoco(const json& coco) {
  for (const std::string_view name : {"images", "instances", "captions"}) {
    if (Text(coco, name).empty()) {
      return Wrong(fmt::format("data.coco.{}", name), "\"\"", "a path below data_root");
    }
  }
  const double share = Number(coco, "benchmark_share");
  if (!(share > 0 && share < 1)) {
    return Wrong("data.coco.benchmark_share", fmt::format("{}", share), "more than 0, less than 1");
  }
  return AtLeast(coco, "data.coco", "questions_per_image", 1);
}

Status CheckSeedBench(const json& source) {
  for (const std::string_view name : {"questions", "images", "bank"}) {
    if (Text(source, name).empty()) {
      return Wrong(fmt::format("data.seed_bench.{}", name), "\"\"", "a path below data_root");
    }
  }
  return OkStatus();
}

Status CheckShares(const json& shares, GatePolicy policy) {
  double sum = 0;
  for (const std::string_view name : {"steer", "gate", "sealed"}) {
    FW_TRY(Within(fmt::format("data.shares.{}", name), Number(shares, name), 0, 1));
    sum += Number(shares, name);
  }
  if (std::abs(sum - 1) > 1e-6) {
    return Wrong("data.shares", fmt::format("a sum of {}", sum), "a sum of 1");
  }
  FW_TRY(Above(shares, "data.shares", "steer"));
  if (Number(shares, "gate") == 0 && policy != GatePolicy::kAlwaysPromote) {
    return Wrong("data.shares.gate", "0",
                 "more than 0, or gate.policy ALWAYS_PROMOTE: the test needs a gate split");
  }
  return OkStatus();
}

Status CheckData(const CampaignSpec& spec) {
  std::vector<std::string_view> sources;
  for (const std::string_view name : {"world", "coco", "seed_bench"}) {
    if (spec.data.contains(name)) sources.push_back(name);
  }
  if (sources.size() != 1) {
    return Wrong("data",
                 sources.empty() ? "no source" : fmt::format("{}", fmt::join(sources, " and ")),
                 "one of world, coco and seed_bench");
  }
  if (sources.front() == "world") FW_TRY(CheckWorld(spec.data["world"], spec.gate.policy));
  if (sources.front() == "coco") FW_TRY(CheckCoco(spec.data["coco"]));
  if (sources.front() == "seed_bench") FW_TRY(CheckSeedBench(spec.data["seed_bench"]));
  if (spec.data.contains("shares")) return CheckShares(spec.data["shares"], spec.gate.policy);
  return OkStatus();
}

Status CheckManualWeights(const json& weights) {
  const auto manual = weights.find("manual");
  bool positive = false;
  if (manual != weights.end() && manual->is_object()) {
    for (const auto& [type, value] : manual->items()) {
      const double weight = value.is_number() ? value.get<double>() : -1;
      if (!(weight >= 0)) {
        return Wrong(fmt::format("analyze.weights.manual[{}]", type), value.dump(), "at least 0");
      }
      positive = positive || weight > 0;
    }
  }
  if (positive) return OkStatus();
  return Wrong("analyze.weights.manual", "no weight above 0", "at least one");
}

Status CheckWeights(const json& weights) {
  const std::string kind = Text(weights, "kind");
  FW_TRY(AtLeast(weights, "analyze.weights", "floor", 0));
  FW_TRY(AtLeast(weights, "analyze.weights", "cap", 0));
  const double cap = Number(weights, "cap");
  if (cap > 0 && cap < Number(weights, "floor")) {
    return Wrong("analyze.weights.cap", fmt::format("{}", cap), "at least the floor, or 0");
  }
  if (kind == "UNIFORM") return OkStatus();
  if (kind == "MANUAL") return CheckManualWeights(weights);
  if (kind == "POWER") return Above(weights, "analyze.weights", "power");
  return Wrong("analyze.weights.kind", fmt::format("\"{}\"", kind), "POWER, UNIFORM or MANUAL");
}

Status CheckPool(const json& pool, const std::string& where, const CampaignSpec& spec) {
  if (Text(pool, "path").empty()) return Wrong(where + ".path", "\"\"", "the folder of a pool");
  if (spec.data_root.empty()) {
    return Wrong("data_root", "\"\"", "the folder that the pool's images lie in");
  }
  return Within(where + ".min_score", Number(pool, "min_score"), 0, 1);
}

Status CheckSources(const CampaignSpec& spec) {
  const auto sources = spec.generate.find("sources");
  if (sources == spec.generate.end()) return OkStatus();
  for (size_t i = 0; i < sources->size(); ++i) {
    const json& source = (*sources)[i];
    const std::string where = fmt::format("generate.sources[{}]", i);
    FW_TRY(Above(source, where, "share"));
    if (source.contains("pool")) {
      FW_TRY(CheckPool(source["pool"], where + ".pool", spec));
    } else if (!source.contains("scene_graph")) {
      return Wrong(where, "no kind", "one of scene_graph and pool");
    }
  }
  return OkStatus();
}

Status CheckGenerate(const CampaignSpec& spec) {
  FW_TRY(AtLeast(spec.generate, "generate", "images", 1));
  FW_TRY(AtLeast(spec.generate, "generate", "questions_per_image", 1));
  FW_TRY(AtLeast(spec.generate, "generate", "replay_ratio", 0));
  return CheckSources(spec);
}

Status CheckTrain(const json& train) {
  FW_TRY(AtLeast(train, "train", "epochs", 1));
  FW_TRY(AtLeast(train, "train", "batch_size", 1));
  FW_TRY(Above(train, "train", "learning_rate"));
  FW_TRY(AtLeast(train, "train", "warmup_steps", 0));
  FW_TRY(Within("train.final_lr_ratio", Number(train, "final_lr_ratio"), 0, 1));
  FW_TRY(AtLeast(train, "train", "weight_decay", 0));
  FW_TRY(AtLeast(train, "train", "max_grad_norm", 0));
  return AtLeast(train, "train", "checkpoint_every", 0);
}

Status NotNegative(std::string_view stage, std::string_view field, double value) {
  if (value >= 0) return OkStatus();
  return Wrong(fmt::format("stages.{}.{}", stage, field), fmt::format("{}", value), "at least 0");
}

Status CheckStage(Stage stage, const StagePolicy& policy, const ExecutorCapacity& capacity) {
  const std::string_view name = StageName(stage);
  FW_TRY(NotNegative(name, "max_attempts", policy.max_attempts));
  FW_TRY(NotNegative(name, "max_infrastructure_failures", policy.max_infrastructure_failures));
  FW_TRY(NotNegative(name, "backoff_initial_s", policy.backoff_initial_s));
  FW_TRY(NotNegative(name, "backoff_max_s", policy.backoff_max_s));
  FW_TRY(NotNegative(name, "resources.cpus", policy.resources.cpus));
  FW_TRY(NotNegative(name, "resources.memory_mb", policy.resources.memory_mb));
  FW_TRY(NotNegative(name, "limits.time_limit_s", policy.limits.time_limit_s));
  FW_TRY(NotNegative(name, "limits.stall_timeout_s", policy.limits.stall_timeout_s));
  FW_TRY(NotNegative(name, "limits.grace_s", policy.limits.grace_s));
  for (const int32_t code : policy.final_exit_codes.value_or(std::vector<int32_t>())) {
    if (code >= 1 && code <= 255) continue;
    return Wrong(fmt::format("stages.{}.final_exit_codes.codes", name), fmt::format("{}", code),
                 "an exit code from 1 to 255");
  }
  // Without an executor nothing is known of the machines that may come.
  if (capacity.max_workers == 0) return OkStatus();
  if (capacity.cpus > 0 && policy.resources.cpus > capacity.cpus) {
    return Wrong(fmt::format("stages.{}.resources.cpus", name),
                 fmt::format("{}", policy.resources.cpus),
                 fmt::format("at most {}, what this machine gives to tasks", capacity.cpus));
  }
  if (capacity.memory_mb > 0 && policy.resources.memory_mb > capacity.memory_mb) {
    return Wrong(fmt::format("stages.{}.resources.memory_mb", name),
                 fmt::format("{}", policy.resources.memory_mb),
                 fmt::format("at most {}, what this machine gives to tasks", capacity.memory_mb));
  }
  return OkStatus();
}

Status CheckStop(const StopSpec& stop) {
  FW_TRY(Within("stop.target_accuracy", stop.target_accuracy, 0, 1));
  if (stop.patience < 0)
    return Wrong("stop.patience", fmt::format("{}", stop.patience), "0 or more");
  if (stop.max_samples < 0) {
    return Wrong("stop.max_samples", fmt::format("{}", stop.max_samples), "0 or more");
  }
  if (!(stop.max_task_seconds >= 0)) {
    return Wrong("stop.max_task_seconds", fmt::format("{}", stop.max_task_seconds), "0 or more");
  }
  return OkStatus();
}

}  // namespace

Status CheckSpec(const CampaignSpec& given, const LoopConfig& config) {
  const CampaignSpec spec = WithDefaults(given, config);
  FW_TRY(CheckName(spec.display_name));
  if (spec.iterations < 1 || spec.iterations > kMostIterations) {
    return Wrong("iterations", fmt::format("{}", spec.iterations),
                 fmt::format("1 to {}", kMostIterations));
  }
  if (!(spec.gate.alpha > 0 && spec.gate.alpha < 1)) {
    return Wrong("gate.alpha", fmt::format("{}", spec.gate.alpha), "more than 0, less than 1");
  }
  if (spec.scoring != "mean" && spec.scoring != "sum") {
    return Wrong("evaluate.scoring", fmt::format("\"{}\"", spec.scoring), "\"mean\" or \"sum\"");
  }
  if (spec.batch_size < 0) {
    return Wrong("evaluate.batch_size", fmt::format("{}", spec.batch_size), "0 or more");
  }
  FW_TRY(CheckStop(spec.stop));
  for (const Stage stage :
       {Stage::kPrepare, Stage::kEvaluate, Stage::kAnalyze, Stage::kGenerate, Stage::kTrain}) {
    FW_TRY(CheckStage(stage, spec.stages.Of(stage), config.capacity));
  }
  FW_TRY(CheckData(spec));
  if (Text(spec.model, "base").empty()) {
    return Wrong("model.base", "\"\"", "the folder of the base model");
  }
  FW_TRY(CheckWeights(spec.weights));
  FW_TRY(CheckGenerate(spec));
  return CheckTrain(spec.train);
}

}  // namespace flywheel

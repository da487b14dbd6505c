#include "orchestrator/wire/campaign_spec_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/wire/spec_problems.h"

namespace flywheel {
namespace {

constexpr int kImageTypes = 9;  // SEED-Bench's image types are 1 to 9
constexpr double kShareTolerance = 1e-6;
constexpr double kDefaultAlpha = 0.05;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// "c7" is how the CLI and the logs write a campaign's id; a display name must not look like one.
bool LooksLikeCampaignId(std::string_view name) {
  return name.size() > 1 && name[0] == 'c' &&
         std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void CheckNames(const v1::CampaignSpec& spec, SpecProblems& problems) {
  const std::string& name = spec.display_name();
  const std::string quoted = fmt::format("'{}'", name);
  if (name.empty() || !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    problems.Add("display_name", quoted, "one or more of letters, digits, '-' and '_'");
  } else if (name.size() > kMaxDisplayName) {
    problems.Add("display_name", quoted, fmt::format("at most {} characters", kMaxDisplayName));
  } else if (LooksLikeCampaignId(name)) {
    problems.Add("display_name", quoted, "a name that is not of the form of a campaign id");
  }
}

void CheckFolder(std::string_view field, const std::string& path, SpecProblems& problems) {
  if (path.empty()) {
    problems.Add(field, "''", "the absolute path of a folder");
  } else if (path[0] != '/' || path.find('\0') != std::string::npos) {
    problems.Add(field, fmt::format("'{}'", path), "an absolute path");
  }
}

// A path below data_root: nothing that leads out of it.
void CheckDataPath(std::string_view field, const std::string& path, SpecProblems& problems) {
  const bool leads_out = path == ".." || path.starts_with("../") || path.ends_with("/..") ||
                         path.find("/../") != std::string::npos;
  if (path.empty() || path[0] == '/' || leads_out || path.find('\0') != std::string::npos) {
    problems.Add(field, fmt::format("'{}'", path), "a path below data_root");
  }
}

void CheckWorld(const v1::WorldSource& world, SpecProblems& problems) {
  problems.AtLeast("data.world.steer_questions", world.steer_questions(), 1);
  problems.AtLeast("data.world.gate_questions", world.gate_questions(), 0);
  problems.AtLeast("data.world.sealed_questions", world.sealed_questions(), 0);
  problems.AtLeast("data.world.bank_scenes", world.bank_scenes(), 1);
}

void CheckCoco(const v1::CampaignSpec& spec, SpecProblems& problems) {
  const v1::CocoSource& coco = spec.data().coco();
  CheckFolder("data_root", spec.data_root(), problems);
  CheckDataPath("data.coco.images", coco.images(), problems);
  CheckDataPath("data.coco.instances", coco.instances(), problems);
  CheckDataPath("data.coco.captions", coco.captions(), problems);
  if (!(coco.benchmark_share() > 0 && coco.benchmark_share() < 1)) {
    problems.Add("data.coco.benchmark_share", coco.benchmark_share(),
                 "a number between 0 and 1, neither of them: benchmark and bank both need photos");
  }
  problems.AtLeast("data.coco.questions_per_image", coco.questions_per_image(), 1);
}

void CheckSeedBench(const v1::CampaignSpec& spec, SpecProblems& problems) {
  const v1::SeedBenchSource& source = spec.data().seed_bench();
  CheckFolder("data_root", spec.data_root(), problems);
  CheckDataPath("data.seed_bench.questions", source.questions(), problems);
  CheckDataPath("data.seed_bench.images", source.images(), problems);
  CheckDataPath("data.seed_bench.bank", source.bank(), problems);
}

void CheckShares(const v1::SplitShares& shares, SpecProblems& problems) {
  problems.Share("data.shares.steer", shares.steer());
  problems.Share("data.shares.gate", shares.gate());
  problems.Share("data.shares.sealed", shares.sealed());
  const double sum = shares.steer() + shares.gate() + shares.sealed();
  if (!(std::abs(sum - 1) <= kShareTolerance)) {
    problems.Add("data.shares", fmt::format("sum {}", sum), "shares that sum to 1");
  }
  if (shares.steer() == 0) {
    problems.Add("data.shares.steer", 0, "more than 0: bad cases and weights come from this split");
  }
}

void CheckData(const v1::CampaignSpec& spec, SpecProblems& problems) {
  CheckShares(spec.data().shares(), problems);
  switch (spec.data().source_case()) {
    case v1::DataSpec::kWorld:
      return CheckWorld(spec.data().world(), problems);
    case v1::DataSpec::kCoco:
      return CheckCoco(spec, problems);
    case v1::DataSpec::kSeedBench:
      return CheckSeedBench(spec, problems);
    case v1::DataSpec::SOURCE_NOT_SET:
      return problems.Add("data", "no source", "one of world, coco, seed_bench");
  }
}

void CheckWeights(const v1::WeightPolicy& weights, SpecProblems& problems) {
  const std::string field = "analyze.weights";
  if (!v1::WeightPolicy::Kind_IsValid(weights.kind())) {
    problems.Add(field + ".kind", static_cast<int>(weights.kind()), "POWER, UNIFORM or MANUAL");
  }
  problems.NotNegative(field + ".power", weights.power());
  problems.NotNegative(field + ".floor", weights.floor());
  problems.NotNegative(field + ".cap", weights.cap());
  if (weights.cap() > 0 && weights.cap() < weights.floor()) {
    problems.Add(field + ".cap", weights.cap(),
                 fmt::format("at least the floor {}, or 0 for none", weights.floor()));
  }
  double sum = 0;
  for (const auto& [type, weight] : weights.manual()) {
    const std::string place = fmt::format("{}.manual[{}]", field, type);
    if (type < 1 || type > kImageTypes) {
      problems.Add(place, weight, fmt::format("a question type from 1 to {}", kImageTypes));
    }
    problems.NotNegative(place, weight);
    sum += weight;
  }
  if (weights.kind() == v1::WeightPolicy::MANUAL && !(sum > 0)) {
    problems.Add(field + ".manual", "no weight above 0", "at least one type with a weight above 0");
  }
  if (weights.kind() != v1::WeightPolicy::MANUAL && !weights.manual().empty()) {
    problems.Add(field + ".manual", fmt::format("{} weights", weights.manual().size()),
                 "none unless analyze.weights.kind is MANUAL");
  }
}

void CheckGate(const v1::CampaignSpec& spec, SpecProblems& problems) {
  const v1::GateSpec& gate = spec.gate();
  if (!v1::GateSpec::Policy_IsValid(gate.policy())) {
    return problems.Add("gate.policy", static_cast<int>(gate.policy()),
                        "MCNEMAR or ALWAYS_PROMOTE");
  }
  if (!(gate.alpha() > 0 && gate.alpha() < 1)) {
    return problems.Add("gate.alpha", gate.alpha(), "a number between 0 and 1, neither of them");
  }
  if (gate.policy() != v1::GateSpec::MCNEMAR || spec.iterations() < 1) return;
  if (!spec.data().has_world() && spec.data().shares().gate() == 0) {
    problems.Add("data.shares.gate", 0, "more than 0, or gate.policy ALWAYS_PROMOTE");
  }
  const int needed = SmallestGateSplit(gate.alpha(), spec.iterations());
  const int questions = spec.data().world().gate_questions();
  if (spec.data().has_world() && questions < needed) {
    problems.Add(
        "data.world.gate_questions", questions,
        fmt::format("at least {}, or gate.policy ALWAYS_PROMOTE: the best p-value that exact "
                    "McNemar can give with n questions is 2^-n, and each of the {} looks has "
                    "alpha {} / {} = {:.3g}",
                    needed, spec.iterations(), gate.alpha(), spec.iterations(),
                    gate.alpha() / spec.iterations()));
  }
}

void CheckTrain(const v1::TrainSpec& train, SpecProblems& problems) {
  if (!v1::TrainSpec::Start_IsValid(train.start())) {
    problems.Add("train.start", static_cast<int>(train.start()), "CHAMPION or BASE");
  }
  problems.AtLeast("train.epochs", train.epochs(), 1);
  problems.AtLeast("train.batch_size", train.batch_size(), 1);
  problems.Positive("train.learning_rate", train.learning_rate());
  problems.AtLeast("train.warmup_steps", train.warmup_steps(), 0);
  problems.Share("train.final_lr_ratio", train.final_lr_ratio());
  problems.NotNegative("train.weight_decay", train.weight_decay());
  problems.NotNegative("train.max_grad_norm", train.max_grad_norm());
  problems.AtLeast("train.checkpoint_every", train.checkpoint_every(), 0);
}

void CheckStage(std::string_view name, const v1::StagePolicy& policy, SpecProblems& problems) {
  const std::string field = fmt::format("stages.{}", name);
  problems.AtLeast(field + ".max_attempts", policy.max_attempts(), 0);
  problems.AtLeast(field + ".max_infrastructure_failures", policy.max_infrastructure_failures(), 0);
  problems.NotNegative(field + ".backoff_initial_s", policy.backoff_initial_s());
  problems.NotNegative(field + ".backoff_max_s", policy.backoff_max_s());
  problems.AtLeast(field + ".resources.cpus", policy.resources().cpus(), 0);
  problems.AtLeast(field + ".resources.memory_mb", policy.resources().memory_mb(), 0);
  problems.NotNegative(field + ".limits.time_limit_s", policy.limits().time_limit_s());
  problems.NotNegative(field + ".limits.stall_timeout_s", policy.limits().stall_timeout_s());
  problems.NotNegative(field + ".limits.grace_s", policy.limits().grace_s());
  for (const int code : policy.final_exit_codes().codes()) {
    if (code >= 1 && code <= 255) continue;
    problems.Add(field + ".final_exit_codes.codes", code, "an exit code from 1 to 255");
  }
}

void CheckStages(const v1::StagePolicies& stages, SpecProblems& problems) {
  CheckStage("prepare", stages.prepare(), problems);
  CheckStage("evaluate", stages.evaluate(), problems);
  CheckStage("analyze", stages.analyze(), problems);
  CheckStage("generate", stages.generate(), problems);
  CheckStage("train", stages.train(), problems);
}

// Lexically: whether a folder is data_root or lies in it.
bool LiesIn(const std::string& data_root, const std::string& folder) {
  const auto relative = std::filesystem::path(folder).lexically_normal().lexically_relative(
      std::filesystem::path(data_root).lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

void CheckPool(const std::string& field, const v1::CampaignSpec& spec, const v1::PoolSource& pool,
               SpecProblems& problems) {
  CheckFolder(field + ".path", pool.path(), problems);
  problems.Share(field + ".min_score", pool.min_score());
  if (!pool.images_root().empty() && !LiesIn(spec.data_root(), pool.images_root())) {
    problems.Add(field + ".images_root", fmt::format("'{}'", pool.images_root()),
                 "a folder in data_root, which training finds pictures below");
  }
}

void CheckGenerate(const v1::CampaignSpec& spec, SpecProblems& problems) {
  const v1::GenerateSpec& generate = spec.generate();
  problems.AtLeast("generate.images", generate.images(), 1);
  problems.AtLeast("generate.questions_per_image", generate.questions_per_image(), 1);
  problems.NotNegative("generate.replay_ratio", generate.replay_ratio());
  bool has_pool = false;
  for (int i = 0; i < generate.sources_size(); ++i) {
    const v1::GenerateSource& source = generate.sources(i);
    const std::string field = fmt::format("generate.sources[{}]", i);
    problems.Positive(field + ".share", source.share());
    if (source.kind_case() == v1::GenerateSource::KIND_NOT_SET) {
      problems.Add(field, "no kind", "one of scene_graph, pool");
    }
    if (source.has_pool()) CheckPool(field + ".pool", spec, source.pool(), problems);
    has_pool = has_pool || source.has_pool();
  }
  // The other kinds of data ask for it themselves.
  if (has_pool && spec.data().has_world()) CheckFolder("data_root", spec.data_root(), problems);
}

void CheckLoop(const v1::CampaignSpec& spec, SpecProblems& problems) {
  problems.AtLeast("iterations", spec.iterations(), 1);
  if (spec.iterations() > kMaxIterations) {
    problems.Add("iterations", spec.iterations(), fmt::format("at most {}", kMaxIterations));
  }
  const std::string& scoring = spec.evaluate().scoring();
  if (scoring != "mean" && scoring != "sum") {
    problems.Add("evaluate.scoring", fmt::format("'{}'", scoring), "\"mean\" or \"sum\"");
  }
  problems.AtLeast("evaluate.batch_size", spec.evaluate().batch_size(), 0);
  problems.Share("stop.target_accuracy", spec.stop().target_accuracy());
  problems.AtLeast("stop.patience", spec.stop().patience(), 0);
  problems.AtLeast<int64_t>("stop.max_samples", spec.stop().max_samples(), 0);
  problems.NotNegative("stop.max_task_seconds", spec.stop().max_task_seconds());
}

}  // namespace

int SmallestGateSplit(double alpha, int looks) {
  int questions = 0;
  for (double p = 1; p > alpha / looks; p /= 2) ++questions;
  return questions;
}

v1::CampaignSpec WithSpecDefaults(v1::CampaignSpec spec) {
  v1::SplitShares& shares = *spec.mutable_data()->mutable_shares();
  if (shares.steer() == 0 && shares.gate() == 0 && shares.sealed() == 0) {
    shares.set_steer(0.4);
    shares.set_gate(0.3);
    shares.set_sealed(0.3);
  }
  if (spec.evaluate().scoring().empty()) spec.mutable_evaluate()->set_scoring("mean");
  v1::WeightPolicy& weights = *spec.mutable_analyze()->mutable_weights();
  if (weights.kind() == v1::WeightPolicy::KIND_UNSPECIFIED)
    weights.set_kind(v1::WeightPolicy::POWER);
  if (weights.kind() == v1::WeightPolicy::POWER && weights.power() == 0) weights.set_power(1);
  if (spec.train().start() == v1::TrainSpec::START_UNSPECIFIED) {
    spec.mutable_train()->set_start(v1::TrainSpec::CHAMPION);
  }
  v1::GateSpec& gate = *spec.mutable_gate();
  if (gate.policy() == v1::GateSpec::POLICY_UNSPECIFIED) gate.set_policy(v1::GateSpec::MCNEMAR);
  if (gate.alpha() == 0) gate.set_alpha(kDefaultAlpha);
  return spec;
}

Status CheckCampaignSpec(const v1::CampaignSpec& spec) {
  const v1::CampaignSpec resolved = WithSpecDefaults(spec);
  SpecProblems problems;
  CheckNames(resolved, problems);
  CheckLoop(resolved, problems);
  CheckData(resolved, problems);
  CheckFolder("model.base", resolved.model().base(), problems);
  CheckWeights(resolved.analyze().weights(), problems);
  CheckGenerate(resolved, problems);
  CheckTrain(resolved.train(), problems);
  CheckGate(resolved, problems);
  CheckStages(resolved.stages(), problems);
  return problems.Finish();
}

}  // namespace flywheel

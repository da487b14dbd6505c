#include "tests/support/campaign_specs.h"

namespace flywheel {

CampaignSpec SmallSpec(const std::string& display_name) {
  CampaignSpec spec;
  spec.display_name = display_name;
  spec.seed = 7;
  spec.iterations = 2;
  spec.data_root = "data";
  spec.start = TrainStart::kChampion;
  spec.gate.policy = GatePolicy::kMcNemar;
  spec.gate.alpha = 0.1;
  spec.data = {{"world",
                {{"steer_questions", 90},
                 {"gate_questions", 90},
                 {"sealed_questions", 180},
                 {"bank_scenes", 50}}}};
  spec.model = {{"base", "configs/models/tiny"}};
  spec.weights = {{"kind", "POWER"}, {"power", 1.5}};
  spec.generate = {{"images", 20}, {"questions_per_image", 4}, {"replay_ratio", 0.5}};
  spec.train = {{"start", "CHAMPION"}, {"epochs", 1}, {"batch_size", 8}, {"learning_rate", 0.001}};
  for (const Stage stage :
       {Stage::kPrepare, Stage::kEvaluate, Stage::kAnalyze, Stage::kGenerate, Stage::kTrain}) {
    spec.stages.Of(stage).resources.cpus = 1;
  }
  return spec;
}

CampaignSpec CompleteSpec(const std::string& display_name) {
  CampaignSpec spec = SmallSpec(display_name);
  spec.weights.update({{"floor", 0}, {"cap", 0}, {"manual", nlohmann::json::object()}});
  spec.generate["sources"] = nlohmann::json::array();
  spec.train.update({{"warmup_steps", 0},
                     {"final_lr_ratio", 0},
                     {"weight_decay", 0},
                     {"max_grad_norm", 0},
                     {"checkpoint_every", 0}});
  return spec;
}

CreateCampaign CreateOf(CampaignSpec spec) {
  std::string digest = spec.display_name + "/" + std::to_string(spec.seed);
  return {.spec = std::move(spec), .request_id = {}, .request_digest = std::move(digest)};
}

}  // namespace flywheel

#include "orchestrator/core/stopping.h"

#include <fmt/format.h>

namespace flywheel {
namespace {

// The champion's accuracy on the steer split; negative when nothing was measured.
double ChampionAccuracy(const CampaignState& campaign) {
  const auto number = static_cast<size_t>(campaign.champion_iteration);
  if (number >= campaign.iterations.size()) return -1;
  const StageRun* run = campaign.iterations[number]->Find(Stage::kEvaluate);
  const TaskResult* judged = run == nullptr ? nullptr : run->ResultOf("judge");
  if (judged == nullptr || !judged->evaluation) return -1;
  for (const SplitAccuracy& split : judged->evaluation->splits) {
    if (split.split == "steer") return split.total.accuracy;
  }
  return -1;
}

}  // namespace

std::string StopReason(const CampaignState& campaign, int32_t iteration) {
  const StopSpec& stop = campaign.spec->stop;
  if (iteration > campaign.spec->iterations) {
    return fmt::format("all {} iterations are done", campaign.spec->iterations);
  }
  const double accuracy = ChampionAccuracy(campaign);
  if (stop.target_accuracy > 0 && accuracy >= stop.target_accuracy) {
    return fmt::format(
        "the champion's accuracy on the steer split, {:.4f}, reached the target of {}", accuracy,
        stop.target_accuracy);
  }
  if (stop.patience > 0 && campaign.rejections >= stop.patience) {
    return fmt::format("no promotion for {} iteration{}", campaign.rejections,
                       campaign.rejections == 1 ? "" : "s");
  }
  if (stop.max_samples > 0 && campaign.samples >= stop.max_samples) {
    return fmt::format("{} samples were generated of at most {}", campaign.samples,
                       stop.max_samples);
  }
  if (stop.max_task_seconds > 0 && campaign.task_seconds >= stop.max_task_seconds) {
    return fmt::format("tasks ran for {:.1f} s of at most {} s", campaign.task_seconds,
                       stop.max_task_seconds);
  }
  return "";
}

}  // namespace flywheel

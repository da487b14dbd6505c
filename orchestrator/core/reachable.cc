#include "orchestrator/core/reachable.h"

namespace flywheel {

std::set<std::string> ReachableArtifacts(const LoopState& state) {
  std::set<std::string> digests;
  for (const auto& [id, campaign] : state.campaigns) {
    for (const ArtifactRef& artifact : campaign->artifacts) digests.insert(artifact.digest);
    ForEachTask(*campaign, [&](const Task& task) {
      for (const TaskInput& input : task.spec->inputs) digests.insert(input.digest);
    });
  }
  digests.erase("");
  return digests;
}

}  // namespace flywheel

// Which artifacts campaigns need: what they have made and what their tasks read. Everything else in
// the store is garbage.
#pragma once

#include <set>
#include <string>

#include "orchestrator/core/loop_state.h"

namespace flywheel {

// Digests of files and folders; the files inside a folder are the store's business.
std::set<std::string> ReachableArtifacts(const LoopState& state);

}  // namespace flywheel

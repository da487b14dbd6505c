// What maintenance does with the artifact store, as functions of a state and a store: collects what
// no campaign reaches, and compares what campaigns name with what is there.
#pragma once

#include "base/result.h"
#include "flywheel/v1/maintenance_service.pb.h"
#include "orchestrator/core/loop_state.h"
#include "orchestrator/ports/artifact_store.h"

namespace flywheel {

inline constexpr double kDefaultMinAgeS = 3600;

// `state` is as of `now` or later. What is removed is older than the minimum age and than every
// running attempt, which may be about to name what it made, even hours later. Stops at the store's
// first failure.
Result<v1::CollectGarbageResponse> CollectGarbage(const LoopState& state, ArtifactStore& store,
                                                  const v1::CollectGarbageRequest& request,
                                                  TimeMs now);

// With `repair` what is found damaged is put aside; running tasks again is the caller's business.
Result<v1::CheckStoreResponse> CheckStore(const LoopState& state, ArtifactStore& store,
                                          const v1::CheckStoreRequest& request);

}  // namespace flywheel

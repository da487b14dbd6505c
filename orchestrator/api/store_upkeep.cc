#include "orchestrator/api/store_upkeep.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "orchestrator/core/reachable.h"

namespace flywheel {
namespace {

// Folders and the files in them. A folder that is not there reaches nothing.
Result<std::set<std::string>> ReachableObjects(const LoopState& state, const ArtifactStore& store) {
  std::set<std::string> objects = ReachableArtifacts(state);
  for (const std::string& digest : std::vector<std::string>(objects.begin(), objects.end())) {
    const Result<std::vector<std::string>> files = store.FilesOf(digest);
    // A damaged manifest could hide what it reaches: nothing is removed then.
    if (!files.ok() && files.status().code() != StatusCode::kNotFound) return files.status();
    if (files.ok()) objects.insert(files->begin(), files->end());
  }
  return objects;
}

struct Named {
  const CampaignState* campaign = nullptr;
  std::string artifact;
};

// What an attempt that still runs may have put into the store was written after its start.
TimeMs EarliestStart(const LoopState& state, TimeMs now) {
  constexpr TimeMs kClockSkewMs = 60'000;  // of other machines that write into the store
  TimeMs earliest = now;
  for (const auto& [id, campaign] : state.campaigns) {
    ForEachTask(*campaign, [&](const Task& task) {
      const Attempt* running = task.running();
      if (running == nullptr) return;
      earliest = std::min(earliest, running->start_ms - state.behind_ms - kClockSkewMs);
    });
  }
  return earliest;
}

// Each digest once, under the first name that it has; in a live campaign, which can make it again,
// if there is one.
std::map<std::string, Named> NamedArtifacts(const LoopState& state) {
  std::map<std::string, Named> named;
  for (const bool live : {true, false}) {
    for (const auto& [id, campaign] : state.campaigns) {
      if (IsFinal(campaign->phase) == live) continue;
      for (const ArtifactRef& artifact : campaign->artifacts) {
        named.try_emplace(artifact.digest, Named{&*campaign, artifact.name});
      }
    }
  }
  return named;
}

}  // namespace

Result<v1::CollectGarbageResponse> CollectGarbage(const LoopState& state, ArtifactStore& store,
                                                  const v1::CollectGarbageRequest& request,
                                                  TimeMs now) {
  const double age_s = request.has_min_age_s() ? request.min_age_s() : kDefaultMinAgeS;
  if (!(age_s >= 0)) {
    return InvalidArgument(fmt::format("min_age_s: {}: expected at least 0", age_s));
  }
  const TimeMs before = std::min(now - SecondsToMs(age_s), EarliestStart(state, now));
  FW_ASSIGN(const std::set<std::string> reachable, ReachableObjects(state, store));
  v1::CollectGarbageResponse response;
  FW_ASSIGN(const DamagedFiles damaged, store.Damaged());
  response.set_damaged(damaged.count);
  response.set_damaged_bytes(damaged.bytes);
  std::vector<StoredObject> garbage;
  FW_TRY(store.ForEach([&](const StoredObject& object) {
    if (reachable.contains(object.digest)) {
      response.set_kept(response.kept() + 1);
      response.set_kept_bytes(response.kept_bytes() + object.size);
    } else {
      garbage.push_back(object);
    }
    return OkStatus();
  }));
  for (const StoredObject& object : garbage) {
    bool removed = object.written_ms < before;
    if (removed && !request.dry_run()) {
      FW_ASSIGN(removed, store.RemoveUnused(object.digest, before));
    }
    if (removed) {
      response.set_removed(response.removed() + 1);
      response.set_removed_bytes(response.removed_bytes() + object.size);
    } else {
      response.set_young(response.young() + 1);
      response.set_young_bytes(response.young_bytes() + object.size);
    }
  }
  return response;
}

Result<v1::CheckStoreResponse> CheckStore(const LoopState& state, ArtifactStore& store,
                                          const v1::CheckStoreRequest& request) {
  v1::CheckStoreResponse response;
  response.set_campaigns(static_cast<int64_t>(state.campaigns.size()));
  for (const auto& [digest, name] : NamedArtifacts(state)) {
    response.set_artifacts(response.artifacts() + 1);
    Status status = store.Contains(digest) ? OkStatus() : NotFound("is not in the store");
    if (status.ok() && request.read_all()) {
      status = request.repair() ? store.VerifyOrPutAside(digest) : store.Verify(digest);
    }
    if (status.ok()) continue;
    v1::StoreProblem* problem = response.add_problems();
    problem->set_campaign(CampaignResourceName(name.campaign->id));
    if (const Task* maker = MakerOf(*name.campaign, digest)) {
      problem->set_made_by(ToString(maker->id));
    }
    problem->set_artifact(name.artifact);
    problem->set_digest(digest);
    problem->set_problem(status.message());
  }
  return response;
}

}  // namespace flywheel

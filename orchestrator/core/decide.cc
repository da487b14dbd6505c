#include "orchestrator/core/decide.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/core/deadlines.h"
#include "orchestrator/core/draft.h"
#include "orchestrator/core/plan.h"
#include "orchestrator/core/retry.h"
#include "orchestrator/core/tick.h"

namespace flywheel {
namespace {

constexpr size_t kLongestRequestId = 128;
constexpr size_t kShortDigest = 12;

bool Reruns(const CampaignState& campaign, const TaskId& task) {
  return std::find(campaign.reruns.begin(), campaign.reruns.end(), task) != campaign.reruns.end();
}

// The campaign of a command, if it is there and is what the caller has read.
Result<const CampaignState*> Addressed(const LoopState& state, int64_t id,
                                       const std::string& etag) {
  const CampaignState* campaign = state.Find(id);
  if (campaign == nullptr) {
    return NotFound(fmt::format("{}: there is no such campaign", CampaignResourceName(id)));
  }
  if (!etag.empty() && etag != Etag(*campaign)) {
    return Aborted(fmt::format("{}: etag \"{}\" was read before it changed, it is \"{}\" now",
                               CampaignResourceName(id), etag, Etag(*campaign)));
  }
  return campaign;
}

Status WrongPhase(const CampaignState& campaign, std::string_view wish) {
  return FailedPrecondition(fmt::format("{} is {} and cannot be {}",
                                        CampaignResourceName(campaign.id),
                                        CampaignPhaseName(campaign.phase), wish));
}

struct Commander {
  Draft& draft;
  const LoopState& state = draft.state();

  Result<int64_t> operator()(const CreateCampaign& create) const {
    const auto known = state.requests->find(create.request_id);
    if (!create.request_id.empty() && known != state.requests->end()) {
      const CampaignState& campaign = *state.Find(known->second);
      if (campaign.request_digest == create.request_digest) return campaign.id;
      return InvalidArgument(fmt::format("request_id \"{}\" was used for {} with another spec",
                                         create.request_id, CampaignResourceName(campaign.id)));
    }
    FW_TRY(CheckCreate(state, create));
    const int64_t id = state.last_campaign + 1;
    CampaignSpec spec = WithDefaults(create.spec, state.config);
    std::string why =
        fmt::format("{} \"{}\" was submitted: {} iterations, seed {}", CampaignResourceName(id),
                    spec.display_name, spec.iterations, spec.seed);
    draft.Emit(id, std::move(why),
               CampaignCreated{.spec = std::move(spec),
                               .request_id = create.request_id,
                               .request_digest = create.request_digest});
    return id;
  }

  Result<int64_t> operator()(const PauseCampaign& pause) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, pause.campaign, pause.etag));
    const bool paused = campaign->phase == CampaignPhase::kPaused;
    if (paused && (campaign->paused_now || !pause.now)) return campaign->id;
    if (!paused && campaign->phase != CampaignPhase::kRunning) {
      return WrongPhase(*campaign, "paused");
    }
    draft.Emit(campaign->id,
               pause.now ? "paused on request: what runs is stopped and starts again on resume"
                         : "paused on request: what runs may finish, nothing new starts",
               CampaignPaused{.now = pause.now});
    return pause.campaign;
  }

  Result<int64_t> operator()(const ResumeCampaign& resume) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, resume.campaign, resume.etag));
    if (campaign->phase == CampaignPhase::kRunning) return campaign->id;
    if (campaign->phase != CampaignPhase::kPaused) return WrongPhase(*campaign, "resumed");
    draft.Emit(campaign->id, "resumed on request", CampaignResumed{});
    return resume.campaign;
  }

  Result<int64_t> operator()(const CancelCampaign& cancel) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, cancel.campaign, cancel.etag));
    switch (campaign->phase) {
      case CampaignPhase::kCancelling:
      case CampaignPhase::kCancelled:
        return campaign->id;
      case CampaignPhase::kRunning:
      case CampaignPhase::kPaused:
        break;
      default:
        return WrongPhase(*campaign, "cancelled");
    }
    draft.Emit(campaign->id, "cancelled on request: what runs is being stopped",
               CampaignCancelRequested{});
    return cancel.campaign;
  }

  Result<int64_t> operator()(const DeleteCampaign& forget) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, forget.campaign, forget.etag));
    if (!IsFinal(campaign->phase)) return WrongPhase(*campaign, "deleted; cancel it first");
    draft.Emit(campaign->id, "deleted on request: what it alone has made is garbage",
               CampaignDeleted{});
    return forget.campaign;
  }

  Result<int64_t> operator()(const RerunTask& rerun) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, rerun.task.campaign, ""));
    const Task* task = campaign->FindTask(rerun.task);
    if (task == nullptr) {
      return NotFound(fmt::format("{}: there is no such task", ToString(rerun.task)));
    }
    if (IsFinal(campaign->phase) || IsEnding(*campaign)) {
      return WrongPhase(*campaign, "changed any more");
    }
    // Asked for already, or not yet made: it will be.
    if (Reruns(*campaign, rerun.task)) return campaign->id;
    if (task->state != TaskState::kSucceeded) {
      return FailedPrecondition(
          fmt::format("{} has not succeeded, so that there is nothing to make "
                      "again",
                      ToString(rerun.task)));
    }
    draft.Emit(campaign->id,
               fmt::format("{} ({}) runs again on request: what it made is damaged or gone",
                           ToString(rerun.task), task->spec->kind),
               TaskRerun{.task = rerun.task});
    return rerun.task.campaign;
  }
};

// Why a result does not count, or OK. `*repeated`: it has counted already.
Status Admissible(const LoopState& state, const AttemptFinished& finished, bool* repeated) {
  const AttemptId& id = finished.attempt;
  const CampaignState* campaign = state.Find(id.task.campaign);
  const Task* task = campaign == nullptr ? nullptr : campaign->FindTask(id.task);
  if (task == nullptr || id.attempt < 1 ||
      static_cast<size_t>(id.attempt) > task->attempts.size()) {
    return NotFound(fmt::format("{}: there is no such attempt", ToString(id)));
  }
  const Attempt& attempt = task->attempts[static_cast<size_t>(id.attempt) - 1];
  if (attempt.fencing_token != finished.fencing_token) {
    return Aborted(fmt::format("{}: stale fencing token {}, the attempt has {}", ToString(id),
                               finished.fencing_token, attempt.fencing_token));
  }
  if (attempt.state == AttemptState::kRunning && !IsFinal(campaign->phase)) return OkStatus();
  const bool won = std::holds_alternative<Shared<TaskResult>>(finished.outcome);
  *repeated = attempt.state == (won ? AttemptState::kSucceeded : AttemptState::kFailed);
  if (*repeated) return OkStatus();
  return Aborted(fmt::format("{}: the attempt has ended already: {}", ToString(id),
                             attempt.state == AttemptState::kSucceeded ? "succeeded"
                             : attempt.reason.empty()                  ? "its campaign has ended"
                                                                       : attempt.reason));
}

Loss LossOf(const CampaignState& campaign, const AttemptFinished& finished,
            const AttemptFailure& failure) {
  // Also when the campaign was resumed before the worker's word came.
  const Task& task = *campaign.FindTask(finished.attempt.task);
  const bool told = task.attempts.back().start_ms <= campaign.stop_ms;
  const bool stopped = failure.cancelled && (ShouldStop(campaign) || told);
  const StagePolicy& policy = campaign.spec->stages.Of(finished.attempt.task.stage);
  return {.attempt = finished.attempt,
          .kind = stopped ? FailureKind::kStopped : Classify(failure, policy),
          .reason = failure.reason.empty() ? "no reason was given" : failure.reason,
          .exit = failure.signal != 0 ? -failure.signal : failure.exit_code,
          .seconds = finished.seconds};
}

// The tasks run again that made what a worker found damaged or missing.
void RerunMakers(Draft& draft, const AttemptId& finder, const std::vector<std::string>& damaged) {
  for (const std::string& digest : damaged) {
    const CampaignState& campaign = *draft.state().Find(finder.task.campaign);
    const Task* maker = MakerOf(campaign, digest);
    if (maker == nullptr || maker->state != TaskState::kSucceeded || IsEnding(campaign)) continue;
    std::string why = fmt::format("{} ({}) runs again: {} found that its artifact {} is damaged",
                                  ToString(maker->id), maker->spec->kind, ToString(finder),
                                  digest.substr(0, kShortDigest));
    draft.Emit(campaign.id, std::move(why), TaskRerun{.task = maker->id});
  }
}

// Empty, or what a task that runs again has made differently.
std::string DiffersFrom(const TaskResult& recorded, const TaskResult& result) {
  for (const TaskOutput& output : recorded.outputs) {
    const auto again =
        std::find_if(result.outputs.begin(), result.outputs.end(),
                     [&](const TaskOutput& other) { return other.name == output.name; });
    if (again != result.outputs.end() && again->digest == output.digest) continue;
    return fmt::format(
        "its {} is {} now and was {}: the campaign cannot go on from another one", output.name,
        again == result.outputs.end() ? "not there" : again->digest.substr(0, kShortDigest),
        output.digest.substr(0, kShortDigest));
  }
  return "";
}

Result<int64_t> DecideFinished(Draft& draft, const AttemptFinished& finished) {
  const LoopState& state = draft.state();
  const int64_t id = finished.attempt.task.campaign;
  bool repeated = false;
  FW_TRY(Admissible(state, finished, &repeated));
  if (repeated) return id;
  const CampaignState& campaign = *state.Find(id);
  const Task& task = *campaign.FindTask(finished.attempt.task);
  if (const auto* failure = std::get_if<AttemptFailure>(&finished.outcome)) {
    EmitFailure(draft, LossOf(campaign, finished, *failure));
    RerunMakers(draft, finished.attempt, failure->damaged_inputs);
    return id;
  }
  const auto& result = std::get<Shared<TaskResult>>(finished.outcome);
  if (const std::string lacks = LacksOf(task.spec, result); !lacks.empty()) {
    EmitFailure(draft, {.attempt = finished.attempt,
                        .kind = FailureKind::kTask,
                        .reason = fmt::format("its result lacks the {}", lacks),
                        .seconds = finished.seconds});
    return id;
  }
  if (task.result) {
    if (const std::string differs = DiffersFrom(*task.result, result); !differs.empty()) {
      EmitFailure(draft, {.attempt = finished.attempt,
                          .kind = FailureKind::kPermanent,
                          .reason = differs,
                          .seconds = finished.seconds});
      return id;
    }
  }
  std::string why =
      fmt::format(FMT_COMPILE("{} ({}) succeeded after {:.1f} s on {}"), ToString(finished.attempt),
                  task.spec->kind, finished.seconds, task.attempts.back().worker);
  draft.Emit(
      id, std::move(why),
      AttemptSucceeded{.attempt = finished.attempt, .result = result, .seconds = finished.seconds});
  return id;
}

}  // namespace

Result<int64_t> Decide(Draft& draft, const Input& input) {
  if (const auto* command = std::get_if<Command>(&input)) {
    return std::visit(Commander{draft}, *command);
  }
  if (const auto* observation = std::get_if<Observation>(&input)) {
    const auto* finished = std::get_if<AttemptFinished>(observation);
    return finished == nullptr ? 0 : DecideFinished(draft, *finished);
  }
  DecideTick(draft);
  return 0;
}

Result<Decision> Decide(const LoopState& state, const Input& input, TimeMs now) {
  Draft draft(state, Agenda(state), now);
  FW_ASSIGN(const int64_t campaign, Decide(draft, input));
  return Decision{.events = draft.TakeEvents(), .campaign = campaign};
}

Status CheckCreate(const LoopState& state, const CreateCampaign& create) {
  if (create.request_id.size() > kLongestRequestId) {
    return InvalidArgument(fmt::format("request_id: {} characters, expected at most {}",
                                       create.request_id.size(), kLongestRequestId));
  }
  FW_TRY(CheckSpec(create.spec, state.config));
  if (!state.disk_low.empty()) {
    return ResourceExhausted(state.disk_low + "; make room and call again");
  }
  if (const CampaignState* live = state.FindLive(create.spec.display_name)) {
    return AlreadyExists(fmt::format("display_name \"{}\": {} has it and is {}",
                                     create.spec.display_name, CampaignResourceName(live->id),
                                     CampaignPhaseName(live->phase)));
  }
  return OkStatus();
}

}  // namespace flywheel

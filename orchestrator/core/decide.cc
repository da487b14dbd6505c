#include "orchestrator/core/decide.h"

#include <fmt/format.h>

#include "orchestrator/core/deadlines.h"
#include "orchestrator/core/draft.h"
#include "orchestrator/core/plan.h"
#include "orchestrator/core/retry.h"
#include "orchestrator/core/tick.h"

namespace flywheel {
namespace {

constexpr size_t kLongestRequestId = 128;

Decision Done(Draft& draft, int64_t campaign) {
  return {.events = draft.TakeEvents(), .campaign = campaign};
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
  const LoopState& state;
  TimeMs now;

  Result<Decision> operator()(const CreateCampaign& create) const {
    const auto known = state.requests.find(create.request_id);
    if (!create.request_id.empty() && known != state.requests.end()) {
      const CampaignState& campaign = *state.Find(known->second);
      if (campaign.request_digest == create.request_digest) return Decision{{}, campaign.id};
      return InvalidArgument(fmt::format("request_id \"{}\" was used for {} with another spec",
                                         create.request_id, CampaignResourceName(campaign.id)));
    }
    FW_TRY(CheckCreate(state, create));
    Draft draft(state, now);
    const int64_t id = state.last_campaign + 1;
    CampaignSpec spec = WithDefaults(create.spec, state.config);
    std::string why =
        fmt::format("{} \"{}\" was submitted: {} iterations, seed {}", CampaignResourceName(id),
                    spec.display_name, spec.iterations, spec.seed);
    draft.Emit(id, std::move(why),
               CampaignCreated{.spec = std::move(spec),
                               .request_id = create.request_id,
                               .request_digest = create.request_digest});
    return Done(draft, id);
  }

  Result<Decision> operator()(const PauseCampaign& pause) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, pause.campaign, pause.etag));
    if (campaign->phase == CampaignPhase::kPaused) return Decision{{}, campaign->id};
    if (campaign->phase != CampaignPhase::kRunning) return WrongPhase(*campaign, "paused");
    Draft draft(state, now);
    draft.Emit(campaign->id, "paused on request: what runs may finish, nothing new starts",
               CampaignPaused{});
    return Done(draft, campaign->id);
  }

  Result<Decision> operator()(const ResumeCampaign& resume) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, resume.campaign, resume.etag));
    if (campaign->phase == CampaignPhase::kRunning) return Decision{{}, campaign->id};
    if (campaign->phase != CampaignPhase::kPaused) return WrongPhase(*campaign, "resumed");
    Draft draft(state, now);
    draft.Emit(campaign->id, "resumed on request", CampaignResumed{});
    return Done(draft, campaign->id);
  }

  Result<Decision> operator()(const CancelCampaign& cancel) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, cancel.campaign, cancel.etag));
    switch (campaign->phase) {
      case CampaignPhase::kCancelling:
      case CampaignPhase::kCancelled:
        return Decision{{}, campaign->id};
      case CampaignPhase::kRunning:
      case CampaignPhase::kPaused:
        break;
      default:
        return WrongPhase(*campaign, "cancelled");
    }
    Draft draft(state, now);
    draft.Emit(campaign->id, "cancelled on request: what runs is being stopped",
               CampaignCancelRequested{});
    return Done(draft, campaign->id);
  }

  Result<Decision> operator()(const DeleteCampaign& forget) const {
    FW_ASSIGN(const CampaignState* campaign, Addressed(state, forget.campaign, forget.etag));
    if (!IsFinal(campaign->phase)) return WrongPhase(*campaign, "deleted; cancel it first");
    Draft draft(state, now);
    draft.Emit(campaign->id, "deleted on request: what it alone has made is garbage",
               CampaignDeleted{});
    return Done(draft, campaign->id);
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
  const bool won = std::holds_alternative<TaskResult>(finished.outcome);
  *repeated = attempt.state == (won ? AttemptState::kSucceeded : AttemptState::kFailed);
  if (*repeated) return OkStatus();
  return Aborted(fmt::format("{}: the attempt has ended already: {}", ToString(id),
                             attempt.state == AttemptState::kSucceeded ? "succeeded"
                             : attempt.reason.empty()                  ? "its campaign has ended"
                                                                       : attempt.reason));
}

Loss LossOf(const CampaignState& campaign, const AttemptFinished& finished,
            const AttemptFailure& failure) {
  const bool stopped = failure.cancelled && ShouldStop(campaign);
  return {.attempt = finished.attempt,
          .kind = stopped ? FailureKind::kStopped : Classify(failure),
          .reason = failure.reason.empty() ? "no reason was given" : failure.reason,
          .exit = failure.signal != 0 ? -failure.signal : failure.exit_code,
          .seconds = finished.seconds};
}

Result<Decision> DecideFinished(const LoopState& state, const AttemptFinished& finished,
                                TimeMs now) {
  const int64_t id = finished.attempt.task.campaign;
  bool repeated = false;
  FW_TRY(Admissible(state, finished, &repeated));
  if (repeated) return Decision{{}, id};
  Draft draft(state, now);
  const CampaignState& campaign = *state.Find(id);
  const Task& task = *campaign.FindTask(finished.attempt.task);
  if (const auto* failure = std::get_if<AttemptFailure>(&finished.outcome)) {
    EmitFailure(draft, LossOf(campaign, finished, *failure));
    return Done(draft, id);
  }
  const TaskResult& result = std::get<TaskResult>(finished.outcome);
  if (const std::string lacks = LacksOf(task.spec, result); !lacks.empty()) {
    EmitFailure(draft, {.attempt = finished.attempt,
                        .kind = FailureKind::kTask,
                        .reason = fmt::format("its result lacks the {}", lacks),
                        .seconds = finished.seconds});
    return Done(draft, id);
  }
  std::string why =
      fmt::format("{} ({}) succeeded after {:.1f} s on {}", ToString(finished.attempt),
                  task.spec.kind, finished.seconds, task.attempts.back().worker);
  draft.Emit(
      id, std::move(why),
      AttemptSucceeded{.attempt = finished.attempt, .result = result, .seconds = finished.seconds});
  return Done(draft, id);
}

}  // namespace

Result<Decision> Decide(const LoopState& state, const Input& input, TimeMs now) {
  if (const auto* command = std::get_if<Command>(&input)) {
    return std::visit(Commander{state, now}, *command);
  }
  if (const auto* observation = std::get_if<Observation>(&input)) {
    const auto* finished = std::get_if<AttemptFinished>(observation);
    return finished == nullptr ? Decision{} : DecideFinished(state, *finished, now);
  }
  Draft draft(state, now);
  DecideTick(draft);
  return Done(draft, 0);
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

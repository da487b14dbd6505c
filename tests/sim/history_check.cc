#include "tests/sim/history_check.h"

#include <fmt/format.h>

#include <map>

namespace flywheel {

struct HistoryCheck::Checker {
  int64_t& token;

  std::string Take(CampaignHistory& campaign, const Event& event) {
    const bool created = std::holds_alternative<CampaignCreated>(event.kind);
    if (created != (campaign.phase == CampaignPhase::kUnspecified))
      return "not created first, once";
    const bool deleted = std::holds_alternative<CampaignDeleted>(event.kind);
    if (IsFinal(campaign.phase) != deleted) {
      return deleted ? "is deleted before its end" : "comes after the campaign's end";
    }
    return std::visit([&](const auto& kind) { return Check(campaign, kind); }, event.kind);
  }

  std::string Check(CampaignHistory& campaign, const CampaignCreated& created) {
    campaign.spec = created.spec;
    campaign.phase = CampaignPhase::kRunning;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const CampaignPaused& paused) {
    const bool at_once = paused.now && campaign.phase == CampaignPhase::kPaused;
    if (campaign.phase != CampaignPhase::kRunning && !at_once) return "pauses what does not run";
    campaign.phase = CampaignPhase::kPaused;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const CampaignResumed&) {
    if (campaign.phase != CampaignPhase::kPaused) return "resumes what is not paused";
    campaign.phase = CampaignPhase::kRunning;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const CampaignDeleted&) {
    campaign.phase = CampaignPhase::kUnspecified;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const CampaignCancelRequested&) {
    campaign.phase = CampaignPhase::kCancelling;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const CampaignEnded& ended) {
    const bool cancelled = campaign.phase == CampaignPhase::kCancelling;
    if (cancelled != (ended.phase == CampaignPhase::kCancelled)) return "ends in the wrong state";
    if (ended.phase == CampaignPhase::kFailed && !campaign.failed_by_rule) {
      return "fails although no task had used up its attempts";
    }
    for (const auto& [id, task] : campaign.tasks) {
      if (task.running) return fmt::format("ends while {} runs", ToString(id));
    }
    campaign.phase = ended.phase;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const StageStarted&) {
    return campaign.phase == CampaignPhase::kRunning ? "" : "a stage starts in the wrong state";
  }
  std::string Check(CampaignHistory& campaign, const TaskRerun& rerun) {
    TaskHistory& task = campaign.tasks[rerun.task];
    if (!task.succeeded) return "runs again what has not succeeded";
    task.succeeded = false;
    return "";
  }
  std::string Check(CampaignHistory&, const TasksAdded&) { return ""; }
  std::string Check(CampaignHistory&, const StageEnded&) { return ""; }
  std::string Check(CampaignHistory&, const GateDecided&) { return ""; }

  std::string Check(CampaignHistory& campaign, const AttemptStarted& started) {
    if (campaign.phase != CampaignPhase::kRunning) return "an attempt starts in the wrong state";
    if (campaign.failed_by_rule) return "an attempt starts although the campaign must fail";
    if (started.fencing_token <= token) return "the fencing token does not grow";
    token = started.fencing_token;
    TaskHistory& task = campaign.tasks[started.attempt.task];
    if (task.running || task.succeeded) return "starts beside another attempt or after success";
    if (started.attempt.attempt != ++task.attempts) return "its number does not follow";
    task.running = true;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const AttemptSucceeded& succeeded) {
    TaskHistory& task = campaign.tasks[succeeded.attempt.task];
    if (!task.running || succeeded.attempt.attempt != task.attempts) return "succeeds unstarted";
    task.running = false;
    task.succeeded = true;
    return "";
  }
  std::string Check(CampaignHistory& campaign, const AttemptFailed& failed) {
    TaskHistory& task = campaign.tasks[failed.attempt.task];
    if (!task.running || failed.attempt.attempt != task.attempts) return "fails unstarted";
    task.running = false;
    const int32_t count = ++task.failures[failed.kind];
    const StagePolicy& policy = campaign.spec.stages.Of(failed.attempt.task.stage);
    const bool last = failed.kind == FailureKind::kPermanent ||
                      (failed.kind == FailureKind::kTask && count >= policy.max_attempts) ||
                      (failed.kind == FailureKind::kInfrastructure &&
                       count >= policy.max_infrastructure_failures);
    const bool ending = campaign.phase == CampaignPhase::kCancelling || campaign.failed_by_rule;
    if (failed.retry_ms.has_value() == (last || ending)) return "is retried against its policy";
    campaign.failed_by_rule = campaign.failed_by_rule || (last && !ending);
    return "";
  }
};

std::string HistoryCheck::Take(const Event& event) {
  std::string wrong;
  if (event.seq != ++seq_) wrong = "its number does not follow";
  if (event.time_ms < time_ms_) wrong = "its time goes back";
  if (event.why.empty()) wrong = "it does not say why";
  time_ms_ = event.time_ms;
  if (wrong.empty()) wrong = Checker{token_}.Take(campaigns_[event.campaign], event);
  if (wrong.empty()) return "";
  return fmt::format("event {} ({}): {}", event.seq, event.why, wrong);
}

std::string WrongInHistory(const std::vector<Event>& events) {
  HistoryCheck check;
  for (const Event& event : events) {
    if (std::string wrong = check.Take(event); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace flywheel

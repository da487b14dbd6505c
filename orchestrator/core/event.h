// What happened: the plain form of event.proto, one struct a kind, one to one. A campaign's state
// is a function of its events (core/apply.h). wire/ converts; nothing here is serialised by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/records/task.h"
#include "orchestrator/core/shared.h"
#include "orchestrator/core/spec.h"
#include "orchestrator/core/time.h"

namespace flywheel {

// Campaign.State, same numbers.
enum class CampaignPhase {
  kUnspecified = 0,
  kRunning = 1,
  kPaused = 2,
  kCancelling = 3,
  kSucceeded = 4,
  kFailed = 5,
  kCancelled = 6,
};

// "RUNNING" and so on.
std::string_view CampaignPhaseName(CampaignPhase phase);
bool IsFinal(CampaignPhase phase);

// FailureKind of event.proto, same numbers.
enum class FailureKind {
  kUnspecified = 0,
  kTask = 1,
  kInfrastructure = 2,
  kPermanent = 3,
  kStopped = 4,
};

std::string_view FailureKindName(FailureKind kind);

struct GateVerdict {
  std::string verdict;  // "baseline", "promoted" or "rejected"
  std::optional<PairedTest> test;
  double p_value = 1;
  std::string reason;
  bool operator==(const GateVerdict&) const = default;
};

struct CampaignCreated {
  CampaignSpec spec;
  std::string request_id;
  std::string request_digest;
  bool operator==(const CampaignCreated&) const = default;
};
struct CampaignPaused {
  bool now = false;  // running attempts are stopped too
  bool operator==(const CampaignPaused&) const = default;
};
struct CampaignResumed {
  bool operator==(const CampaignResumed&) const = default;
};
struct CampaignCancelRequested {
  bool operator==(const CampaignCancelRequested&) const = default;
};
struct CampaignDeleted {
  bool operator==(const CampaignDeleted&) const = default;
};
struct CampaignEnded {
  CampaignPhase phase = CampaignPhase::kUnspecified;
  bool operator==(const CampaignEnded&) const = default;
};

struct StageStarted {
  int32_t iteration = 0;
  Stage stage = Stage::kPrepare;
  std::vector<Shared<TaskSpec>> tasks;  // `attempt` is empty
  bool operator==(const StageStarted&) const = default;
};
// More tasks of a running stage, which the results of its earlier tasks made possible.
struct TasksAdded {
  int32_t iteration = 0;
  Stage stage = Stage::kPrepare;
  std::vector<Shared<TaskSpec>> tasks;
  bool operator==(const TasksAdded&) const = default;
};
struct StageEnded {
  int32_t iteration = 0;
  Stage stage = Stage::kPrepare;
  bool operator==(const StageEnded&) const = default;
};

struct AttemptStarted {
  AttemptId attempt;
  std::string worker;
  int64_t fencing_token = 0;
  bool operator==(const AttemptStarted&) const = default;
};
struct AttemptSucceeded {
  AttemptId attempt;
  Shared<TaskResult> result;
  double seconds = 0;
  bool operator==(const AttemptSucceeded&) const = default;
};
struct AttemptFailed {
  AttemptId attempt;
  FailureKind kind = FailureKind::kUnspecified;
  std::string reason;
  int32_t exit = 0;                // exit code, or the negative signal number
  std::optional<TimeMs> retry_ms;  // absent when there is no further attempt
  double seconds = 0;
  bool operator==(const AttemptFailed&) const = default;
};

// A task that had succeeded runs again: what it made is damaged or gone.
struct TaskRerun {
  TaskId task;
  bool operator==(const TaskRerun&) const = default;
};

struct GateDecided {
  int32_t iteration = 0;
  GateVerdict verdict;
  std::string candidate;
  std::string champion;
  bool operator==(const GateDecided&) const = default;
};

using EventKind =
    std::variant<CampaignCreated, CampaignPaused, CampaignResumed, CampaignCancelRequested,
                 CampaignEnded, StageStarted, TasksAdded, StageEnded, AttemptStarted,
                 AttemptSucceeded, AttemptFailed, GateDecided, CampaignDeleted, TaskRerun>;

struct Event {
  int64_t seq = 0;  // journal-wide, from 1, without gaps
  TimeMs time_ms = 0;
  int64_t campaign = 0;
  std::string why;
  EventKind kind;
  bool operator==(const Event&) const = default;
};

}  // namespace flywheel

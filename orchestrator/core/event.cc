#include "orchestrator/core/event.h"

namespace flywheel {

std::string_view CampaignPhaseName(CampaignPhase phase) {
  switch (phase) {
    case CampaignPhase::kUnspecified:
      return "STATE_UNSPECIFIED";
    case CampaignPhase::kRunning:
      return "RUNNING";
    case CampaignPhase::kPaused:
      return "PAUSED";
    case CampaignPhase::kCancelling:
      return "CANCELLING";
    case CampaignPhase::kSucceeded:
      return "SUCCEEDED";
    case CampaignPhase::kFailed:
      return "FAILED";
    case CampaignPhase::kCancelled:
      return "CANCELLED";
  }
  return "STATE_UNSPECIFIED";
}

bool IsFinal(CampaignPhase phase) {
  return phase == CampaignPhase::kSucceeded || phase == CampaignPhase::kFailed ||
         phase == CampaignPhase::kCancelled;
}

std::string_view FailureKindName(FailureKind kind) {
  switch (kind) {
    case FailureKind::kUnspecified:
      return "FAILURE_KIND_UNSPECIFIED";
    case FailureKind::kTask:
      return "TASK";
    case FailureKind::kInfrastructure:
      return "INFRASTRUCTURE";
    case FailureKind::kPermanent:
      return "PERMANENT";
    case FailureKind::kStopped:
      return "STOPPED";
  }
  return "FAILURE_KIND_UNSPECIFIED";
}

}  // namespace flywheel

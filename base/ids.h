// The names of things: campaign > iteration > stage > task > attempt, written "c7/i2/train/t0/a1"
// in every log line, folder and database row. Campaigns, iterations and attempts count from 1
// (prepare is iteration 0), tasks from 0.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

enum class Stage { kPrepare = 1, kEvaluate = 2, kAnalyze = 3, kGenerate = 4, kTrain = 5 };

// "prepare", "evaluate", "analyze", "generate", "train".
std::string_view StageName(Stage stage);
Result<Stage> ParseStage(std::string_view name);

// A task of a campaign. Stable over retries, never reused.
struct TaskId {
  int64_t campaign = 0;
  int32_t iteration = 0;
  Stage stage = Stage::kPrepare;
  int32_t task = 0;

  auto operator<=>(const TaskId&) const = default;
};

// One try at a task.
struct AttemptId {
  TaskId task;
  int32_t attempt = 1;

  auto operator<=>(const AttemptId&) const = default;
};

// "c7".
std::string CampaignIdName(int64_t campaign);
// The resource name "campaigns/c7", and back. INVALID_ARGUMENT names the text.
std::string CampaignResourceName(int64_t campaign);
Result<int64_t> ParseCampaignResourceName(std::string_view name);
// "c7/i2/train/t0" and "c7/i2/train/t0/a1", and back.
std::string ToString(const TaskId& id);
std::string ToString(const AttemptId& id);
Result<TaskId> ParseTaskId(std::string_view text);
Result<AttemptId> ParseAttemptId(std::string_view text);

}  // namespace flywheel

#include "base/ids.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace flywheel {
namespace {

constexpr std::array kStages = {Stage::kPrepare, Stage::kEvaluate, Stage::kAnalyze,
                                Stage::kGenerate, Stage::kTrain};

// The number behind a one-letter prefix, "i2" -> 2; false when the text has another form.
template <typename Int>
bool ParseNumbered(std::string_view text, char prefix, Int* number) {
  if (text.size() < 2 || text[0] != prefix) return false;
  if (text.size() > 2 && text[1] == '0') return false;
  const char* end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data() + 1, end, *number);
  return error == std::errc() && next == end && *number >= 0;
}

std::vector<std::string_view> SplitBySlash(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  while (true) {
    const size_t slash = text.find('/', begin);
    parts.push_back(text.substr(begin, slash - begin));
    if (slash == std::string_view::npos) return parts;
    begin = slash + 1;
  }
}

}  // namespace

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kPrepare:
      return "prepare";
    case Stage::kEvaluate:
      return "evaluate";
    case Stage::kAnalyze:
      return "analyze";
    case Stage::kGenerate:
      return "generate";
    case Stage::kTrain:
      return "train";
  }
  return "unknown";
}

Result<Stage> ParseStage(std::string_view name) {
  for (const Stage stage : kStages) {
    if (StageName(stage) == name) return stage;
  }
  return InvalidArgument(
      fmt::format("stage '{}': expected one of prepare, evaluate, analyze, generate, train", name));
}

std::string CampaignIdName(int64_t campaign) { return fmt::format("c{}", campaign); }

std::string CampaignResourceName(int64_t campaign) {
  return fmt::format(FMT_COMPILE("campaigns/c{}"), campaign);
}

Result<int64_t> ParseCampaignResourceName(std::string_view name) {
  constexpr std::string_view kPrefix = "campaigns/";
  int64_t campaign = 0;
  if (!name.starts_with(kPrefix) || !ParseNumbered(name.substr(kPrefix.size()), 'c', &campaign) ||
      campaign == 0) {
    return InvalidArgument(fmt::format("campaign name '{}': expected the form campaigns/c7", name));
  }
  return campaign;
}

std::string ToString(const TaskId& id) {
  return fmt::format(FMT_COMPILE("c{}/i{}/{}/t{}"), id.campaign, id.iteration, StageName(id.stage),
                     id.task);
}

std::string ToString(const AttemptId& id) {
  return fmt::format(FMT_COMPILE("c{}/i{}/{}/t{}/a{}"), id.task.campaign, id.task.iteration,
                     StageName(id.task.stage), id.task.task, id.attempt);
}

namespace {

constexpr size_t kTaskParts = 4;

// The first four of `count` parts as a task.
std::optional<TaskId> TaskOf(const std::vector<std::string_view>& parts, size_t count) {
  if (parts.size() != count) return std::nullopt;
  TaskId id;
  const Result<Stage> stage = ParseStage(parts[2]);
  if (!stage.ok() || !ParseNumbered(parts[0], 'c', &id.campaign) ||
      !ParseNumbered(parts[1], 'i', &id.iteration) || !ParseNumbered(parts[3], 't', &id.task) ||
      id.campaign == 0) {
    return std::nullopt;
  }
  id.stage = *stage;
  return id;
}

}  // namespace

Result<TaskId> ParseTaskId(std::string_view text) {
  if (const std::optional<TaskId> id = TaskOf(SplitBySlash(text), kTaskParts)) return *id;
  return InvalidArgument(fmt::format("task name '{}': expected the form c7/i2/train/t0", text));
}

Result<AttemptId> ParseAttemptId(std::string_view text) {
  const auto parts = SplitBySlash(text);
  AttemptId id;
  const std::optional<TaskId> task = TaskOf(parts, kTaskParts + 1);
  if (!task || !ParseNumbered(parts.back(), 'a', &id.attempt) || id.attempt == 0) {
    return InvalidArgument(
        fmt::format("attempt name '{}': expected the form c7/i2/train/t0/a1", text));
  }
  id.task = *task;
  return id;
}

}  // namespace flywheel

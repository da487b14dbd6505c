// flywheel-task KIND DIR: one attempt of a built-in task, in a process of its own.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "base/records/task.h"
#include "workers/analyze/analyze_task.h"
#include "workers/evaluate/judge_task.h"
#include "workers/generate/generate_task.h"
#include "workers/prepare/prepare_task.h"
#include "workers/runtime/task_context.h"
#ifdef FLYWHEEL_WITH_TORCH
#include "workers/evaluate/score_task.h"
#include "workers/train/train_task.h"
#endif

namespace {

constexpr flywheel::TaskKind kKinds[] = {
    {"prepare", &flywheel::RunPrepare}, {"judge", &flywheel::RunJudge},
    {"analyze", &flywheel::RunAnalyze}, {"generate", &flywheel::RunGenerate},
#ifdef FLYWHEEL_WITH_TORCH
    {"score", &flywheel::RunScore},     {"train", &flywheel::RunTrain},
#endif
};

constexpr std::string_view kUsage =
    "usage: flywheel-task KIND DIR\n"
    "Runs the task described by DIR/task.json; docs/tasks.md describes the kinds and the folder.\n";

}  // namespace

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "--help" || first == "-h") {
    fmt::print("{}kinds of this build:", kUsage);
    for (const auto& kind : kKinds) fmt::print(" {}", kind.name);
    fmt::print("\n");
    return 0;
  }
  if (argc != 3) {
    fmt::print(stderr, "{}flywheel-task: {} arguments, expected 2: KIND and DIR\n", kUsage,
               argc - 1);
    return static_cast<int>(flywheel::TaskExit::kBadTask);
  }
  return flywheel::RunTask(first, argv[2], kKinds);
}

// flywheel-task KIND DIR: one attempt of a built-in task, in a process of its own.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "base/records/task.h"
#include "workers/runtime/task_context.h"
#ifdef FLYWHEEL_TASK_PREPARE
#include "workers/prepare/prepare_task.h"
#endif
#ifdef FLYWHEEL_TASK_SCORE
#include "workers/evaluate/score_task.h"
#endif
#ifdef FLYWHEEL_TASK_JUDGE
#include "workers/evaluate/judge_task.h"
#endif
#ifdef FLYWHEEL_TASK_ANALYZE
#include "workers/analyze/analyze_task.h"
#endif
#ifdef FLYWHEEL_TASK_GENERATE
#include "workers/generate/generate_task.h"
#endif
#ifdef FLYWHEEL_TASK_TRAIN
#include "workers/train/train_task.h"
#endif

namespace {

const std::vector<flywheel::TaskKind> kKinds = {
#ifdef FLYWHEEL_TASK_PREPARE
    {"prepare", &flywheel::RunPrepare},
#endif
#ifdef FLYWHEEL_TASK_SCORE
    {"score", &flywheel::RunScore},
#endif
#ifdef FLYWHEEL_TASK_JUDGE
    {"judge", &flywheel::RunJudge},
#endif
#ifdef FLYWHEEL_TASK_ANALYZE
    {"analyze", &flywheel::RunAnalyze},
#endif
#ifdef FLYWHEEL_TASK_GENERATE
    {"generate", &flywheel::RunGenerate},
#endif
#ifdef FLYWHEEL_TASK_TRAIN
    {"train", &flywheel::RunTrain},
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

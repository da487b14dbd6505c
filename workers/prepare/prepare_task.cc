#include "workers/prepare/prepare_task.h"

#include <set>
#include <string>
#include <utility>

#include "base/io/files.h"
#include "base/io/record_codec.h"
#include "generators/scene_graph.h"
#include "workers/prepare/base_model.h"
#include "workers/prepare/prepared_data.h"

namespace flywheel {
namespace {

SplitSize SizeOf(std::string_view name, const Benchmark& split) {
  std::set<std::string_view> images;
  for (const Question& question : split.questions) images.insert(question.image);
  return {.split = std::string(name),
          .questions = static_cast<int32_t>(split.questions.size()),
          .images = static_cast<int32_t>(images.size())};
}

Status WriteSplit(const std::string& path, const Benchmark& split) {
  FW_TRY(MakeDirectories(path));
  FW_TRY(WriteQuestions(path + "/questions.jsonl", split.questions));
  return split.scenes.empty() ? OkStatus() : WriteSceneGraphs(path + "/scenes.jsonl", split.scenes);
}

Status WriteBank(const std::string& path, const std::vector<SceneGraph>& bank) {
  FW_TRY(MakeDirectories(path));
  return WriteSceneGraphs(path + "/scene_graphs.jsonl", bank);
}

Result<TaskResult> WriteOutputs(const TaskContext& context, PreparedData data) {
  TaskResult result;
  PrepareSummary summary;
  const auto add = [&result](std::string_view name) {
    result.outputs.push_back({.name = std::string(name), .digest = ""});
  };
  add("model");
  for (size_t i = 0; i < kSplitNames.size(); ++i) {
    summary.splits.push_back(SizeOf(kSplitNames[i], data.splits[i]));
    if (data.splits[i].questions.empty()) continue;
    FW_TRY(WriteSplit(context.OutputPath(kSplitNames[i]), data.splits[i]));
    add(kSplitNames[i]);
  }
  FW_TRY(WriteBank(context.OutputPath("bank"), data.bank));
  add("bank");
  FW_TRY(data.fingerprints.Write(context.OutputPath("fingerprints")));
  add("fingerprints");
  summary.bank_images = static_cast<int32_t>(data.bank.size());
  summary.bank_refused = data.bank_refused;
  summary.warnings = std::move(data.warnings);
  result.prepare = std::move(summary);
  return result;
}

Result<PreparedData> Read(const PrepareParameters& parameters, uint64_t seed,
                          const PrepareProgress& progress) {
  if (const auto* world = std::get_if<WorldSource>(&parameters.source)) {
    return PrepareWorld(*world, parameters.base_model, seed, progress);
  }
  if (std::holds_alternative<CocoSource>(parameters.source)) {
    return PreparePhotos(parameters, seed, progress);
  }
  return PrepareSeedBench(parameters, seed, progress);
}

}  // namespace

Result<TaskResult> RunPrepare(TaskContext& context) {
  FW_ASSIGN(const PrepareParameters parameters, ReadPrepareParameters(context.spec().parameters));
  FW_TRY(CopyBaseModel(parameters.base_model, context.OutputPath("model")));
  const PrepareProgress progress = [&context](const std::string& doing, double fraction) {
    TaskProgress report;
    report.fraction = fraction;
    report.message = doing;
    context.Report(report);
    return !context.StopRequested();
  };
  const uint64_t seed = context.spec().seed;
  FW_ASSIGN(PreparedData data, Read(parameters, seed, progress));
  for (const Benchmark& split : data.splits) {
    for (const Question& question : split.questions) {
      data.fingerprints.Add(QuestionFingerprint(question.image, question.question));
    }
  }
  FW_TRY(CheckPreparedData(parameters, &data));
  if (!progress("writing", 0.9)) return CancelledError("prepare was stopped");
  return WriteOutputs(context, std::move(data));
}

}  // namespace flywheel

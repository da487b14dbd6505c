#include "workers/generate/generate_task.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/io/files.h"
#include "base/io/json.h"
#include "generators/sample.h"
#include "workers/generate/fresh_samples.h"
#include "workers/generate/generate_inputs.h"
#include "workers/generate/generate_parameters.h"
#include "workers/generate/training_set.h"

namespace flywheel {
namespace {

// scenes.jsonl is what pictures are rendered from: photographs do not belong there.
std::vector<SceneGraph> RenderedOf(std::vector<SceneGraph> scenes) {
  std::erase_if(scenes,
                [](const SceneGraph& scene) { return DigestOfSceneImage(scene.image).empty(); });
  return scenes;
}

Status WriteProvenance(const std::string& path, const std::vector<Provenance>& provenance) {
  std::string lines;
  for (const Provenance& line : provenance) lines += CanonicalJson(ToJson(line)) + "\n";
  return WriteFile(path, lines);
}

void Report(TaskContext& context, double fraction, std::string doing) {
  TaskProgress progress;
  progress.fraction = fraction;
  progress.message = std::move(doing);
  context.Report(progress);
}

}  // namespace

Result<TaskResult> RunGenerate(TaskContext& context) {
  FW_ASSIGN(const GenerateParameters parameters, ReadGenerateParameters(context.spec().parameters));
  Report(context, 0, "reading the bank");
  FW_ASSIGN(const GenerateInputs inputs, ReadGenerateInputs(context));
  Report(context, 0.3, "asking questions");
  FW_ASSIGN(FreshSamples made, MakeFreshSamples(context, parameters, inputs));
  GenerationSummary& summary = made.summary;
  Samples& samples = made.samples;
  if (context.StopRequested()) return CancelledError("generate was stopped");

  Report(context, 0.6, "mixing the training set");
  const Dataset fresh{std::move(samples.rows), RenderedOf(std::move(samples.scenes))};
  const TrainingSet set = MixTrainingSet(fresh, inputs.earlier, inputs.benchmark,
                                         {.start = parameters.start,
                                          .replay_ratio = parameters.replay_ratio,
                                          .seed = context.spec().seed});
  summary.replay_images = set.replay_images;
  summary.rejected_replay_images = set.rejected_replay_images;
  if (set.leaked > 0) summary.dropped.push_back({"replayed scene of the benchmark", set.leaked});

  Report(context, 0.8, "writing");
  const std::string dataset = context.OutputPath("dataset");
  FW_TRY(WriteDataset(dataset, "samples.jsonl", fresh));
  FW_TRY(WriteProvenance(dataset + "/provenance.jsonl", samples.provenance));
  FW_TRY(WriteDataset(context.OutputPath("training_set"), "rows.jsonl", set.data));
  TaskResult result;
  result.outputs = {{.name = "dataset", .digest = ""}, {.name = "training_set", .digest = ""}};
  result.generation = std::move(summary);
  return result;
}

}  // namespace flywheel

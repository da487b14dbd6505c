#include "workers/generate/generate_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/summary_codec.h"
#include "base/quotas.h"
#include "base/rng.h"
#include "generators/plan.h"
#include "generators/sample.h"
#include "workers/generate/generate_parameters.h"
#include "workers/generate/training_set.h"

namespace flywheel {
namespace {

using nlohmann::json;

struct Inputs {
  std::vector<SceneGraph> bank;
  Fingerprints benchmark;
  AnalysisSummary analysis;
  EarlierData earlier;
};

Result<AnalysisSummary> ReadAnalysis(const std::string& path) {
  FW_ASSIGN(const json value, ReadJsonFile(path));
  AnalysisSummary analysis;
  FW_TRY(ReadSummaryJson(value, "analysis", &analysis).WithContext(path));
  return analysis;
}

Result<EarlierData> ReadEarlier(const TaskContext& context) {
  EarlierData earlier;
  FW_ASSIGN(const std::string model, context.InputPath("base_model"));
  const std::string recipe = model + "/base_mixture.json";
  std::error_code ignored;
  if (std::filesystem::exists(recipe, ignored)) {
    FW_ASSIGN(earlier.mixture, ReadBaseMixture(recipe));
  }
  for (const TaskInput& input : context.spec().inputs) {
    const bool rejected = input.name.starts_with("rejected_dataset_i");
    if (!rejected && !input.name.starts_with("dataset_i")) continue;
    FW_ASSIGN(const std::string path, context.InputPath(input.name));
    FW_ASSIGN(Dataset dataset, ReadDataset(path));
    dataset.made_for = rejected ? MadeFor::kRejectedModel : MadeFor::kChampion;
    earlier.datasets.push_back(std::move(dataset));
  }
  return earlier;
}

Result<Inputs> ReadInputs(const TaskContext& context) {
  Inputs inputs;
  FW_ASSIGN(const std::string bank, context.InputPath("bank"));
  FW_ASSIGN(inputs.bank, ReadSceneGraphs(bank + "/scene_graphs.jsonl"));
  FW_ASSIGN(const std::string fingerprints, context.InputPath("fingerprints"));
  FW_ASSIGN(inputs.benchmark, Fingerprints::Read(fingerprints));
  FW_ASSIGN(const std::string analysis, context.InputPath("analysis"));
  FW_ASSIGN(inputs.analysis, ReadAnalysis(analysis));
  FW_ASSIGN(inputs.earlier, ReadEarlier(context));
  return inputs;
}

std::string DigestOfInput(const TaskContext& context, std::string_view name) {
  for (const TaskInput& input : context.spec().inputs) {
    if (input.name == name) return input.digest;
  }
  return "";
}

// Wrong options of photographs come from the bank alone, so that nothing of the benchmark leaks.
QuestionMaker MakerFor(const std::vector<SceneGraph>& bank) {
  const auto is_photo = [](const SceneGraph& scene) { return scene.source != SceneSource::kWorld; };
  if (std::none_of(bank.begin(), bank.end(), is_photo)) return QuestionMaker();
  return QuestionMaker(MakePhotoContext(bank));
}

// The question of a human turn, without the place of the picture.
std::string_view QuestionOf(std::string_view turn) {
  if (turn.starts_with(kImageToken)) turn.remove_prefix(kImageToken.size());
  while (turn.starts_with('\n')) turn.remove_prefix(1);
  return turn;
}

void MarkUsed(const EarlierData& earlier, PlanRequest* request) {
  for (const Dataset& dataset : earlier.datasets) {
    for (const LlavaRow& row : dataset.rows) {
      request->used_images.insert(row.image);
      for (size_t i = 0; i < row.conversations.size(); i += 2) {
        request->asked.Add(QuestionFingerprint(row.image, QuestionOf(row.conversations[i].value)));
      }
    }
  }
}

// scenes.jsonl is what pictures are rendered from: photographs do not belong there.
std::vector<SceneGraph> RenderedOf(std::vector<SceneGraph> scenes) {
  std::erase_if(scenes,
                [](const SceneGraph& scene) { return DigestOfSceneImage(scene.image).empty(); });
  return scenes;
}

Status CheckSamples(const Plan& plan, const Inputs& inputs) {
  if (!plan.images.empty()) return OkStatus();
  std::vector<std::string> wanted;
  for (const TypeSamples& type : plan.by_type) {
    if (type.quota > 0) wanted.push_back(fmt::format("{} ({})", type.type, type.name));
  }
  return InvalidArgument(
      fmt::format("no sample could be made: none of the {} images of the bank can still be asked a "
                  "question of type {}",
                  inputs.bank.size(), fmt::join(wanted, ", ")));
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

Result<Samples> MakeFresh(TaskContext& context, const GenerateParameters& parameters,
                          const Inputs& inputs, GenerationSummary* summary) {
  std::map<int, double> weights;
  for (const TypeWeight& weight : inputs.analysis.weights) weights[weight.type] = weight.weight;
  PlanRequest request;
  FW_ASSIGN(request.quotas, QuotasOf(weights, static_cast<int>(parameters.questions())));
  request.images = parameters.images;
  request.questions_per_image = parameters.questions_per_image;
  request.seed = DeriveSeed(context.spec().seed, "plan");
  MarkUsed(inputs.earlier, &request);
  const Plan plan = MakePlan(inputs.bank, MakerFor(inputs.bank), inputs.benchmark, request);
  FW_TRY(CheckSamples(plan, inputs));
  summary->by_type = plan.by_type;
  summary->dropped = plan.dropped;
  return MakeSamples(inputs.bank, plan,
                     {.id_prefix = fmt::format("i{}", parameters.iteration),
                      .weights = weights,
                      .quotas = request.quotas,
                      .evaluation = parameters.evaluation,
                      .analysis = DigestOfInput(context, "analysis")});
}

}  // namespace

Result<TaskResult> RunGenerate(TaskContext& context) {
  FW_ASSIGN(const GenerateParameters parameters, ReadGenerateParameters(context.spec().parameters));
  Report(context, 0, "reading the bank");
  FW_ASSIGN(const Inputs inputs, ReadInputs(context));
  Report(context, 0.3, "asking questions");
  GenerationSummary summary;
  FW_ASSIGN(Samples samples, MakeFresh(context, parameters, inputs, &summary));
  if (context.StopRequested()) return CancelledError("generate was stopped");

  Report(context, 0.6, "mixing the training set");
  summary.samples = static_cast<int32_t>(samples.provenance.size());
  summary.images = static_cast<int32_t>(samples.rows.size());
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

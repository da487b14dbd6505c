#include "workers/generate/generate_inputs.h"

#include <filesystem>
#include <string>
#include <utility>

#include "base/io/json.h"
#include "base/io/summary_codec.h"

namespace flywheel {
namespace {

using nlohmann::json;

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

}  // namespace

Result<GenerateInputs> ReadGenerateInputs(const TaskContext& context) {
  GenerateInputs inputs;
  FW_ASSIGN(const std::string bank, context.InputPath("bank"));
  FW_ASSIGN(inputs.bank, ReadSceneGraphs(bank + "/scene_graphs.jsonl"));
  FW_ASSIGN(const std::string fingerprints, context.InputPath("fingerprints"));
  FW_ASSIGN(inputs.benchmark, Fingerprints::Read(fingerprints));
  FW_ASSIGN(const std::string analysis, context.InputPath("analysis"));
  FW_ASSIGN(inputs.analysis, ReadAnalysis(analysis));
  FW_ASSIGN(inputs.earlier, ReadEarlier(context));
  return inputs;
}

}  // namespace flywheel

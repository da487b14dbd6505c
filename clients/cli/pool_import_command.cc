// `flywheel pool import`: data files into a pool.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "clients/cli/interrupts.h"
#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "clients/cli/pool_progress.h"
#include "pool/index/import_plan.h"
#include "pool/index/importer.h"

namespace flywheel {
namespace {

struct ImportCommand {
  std::string pool;
  ImportRequest request;
  std::string catalogue;
  bool strict = false;
  int threads = 0;
};

std::string_view ChangeName(ImportChange change) {
  switch (change) {
    case ImportChange::kAdded:
      return "added";
    case ImportChange::kReplaced:
      return "replaced";
    case ImportChange::kUnchanged:
      return "unchanged";
  }
  return "";
}

int64_t RejectedOf(const PoolDataset& dataset) {
  int64_t rejected = 0;
  for (const auto& [reason, count] : dataset.rejected) rejected += count;
  return rejected;
}

nlohmann::json ToJson(const ImportedDataset& imported) {
  const PoolDataset& dataset = imported.dataset;
  return {{"name", dataset.name},
          {"change", ChangeName(imported.change)},
          {"samples", dataset.samples},
          {"rejected", dataset.rejected},
          {"repeated_ids", dataset.repeated_ids}};
}

void PrintDataset(const ImportedDataset& imported) {
  const PoolDataset& dataset = imported.dataset;
  PrintOut(fmt::format("  {:<16} {:>12} {:<10}{}", dataset.name, CountText(dataset.samples),
                       ChangeName(imported.change),
                       dataset.repeated_ids > 0 ? fmt::format("  {} of them repeat an id",
                                                              CountText(dataset.repeated_ids))
                                                : ""));
  for (const auto& [reason, count] : dataset.rejected) {
    PrintOut(fmt::format("  {:<16} {:>12} rejected    {}", "", CountText(count), reason));
  }
}

Result<int> Import(const Invocation& invocation, const ImportCommand& command) {
  Interrupts interrupts;
  FW_ASSIGN(const Catalogue catalogue,
            command.catalogue.empty() ? DataOptimCatalogue() : ReadCatalogue(command.catalogue));
  FW_ASSIGN(const std::vector<DatasetSource> sources, PlanImport(command.request, catalogue));
  PoolProgress progress;
  ImportOptions options;
  options.threads = command.threads > 0
                        ? command.threads
                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  options.rejects = command.strict ? RejectPolicy::kFail : RejectPolicy::kCount;
  options.hooks.should_stop = [&interrupts] { return interrupts.count() > 0; };
  options.hooks.progress = [&progress](const ImportProgress& now) {
    const double total = std::max<double>(1, static_cast<double>(now.total_bytes));
    progress.Show({now.dataset, static_cast<double>(now.bytes) / total, now.samples});
  };
  const auto begun = std::chrono::steady_clock::now();
  FW_ASSIGN(const std::vector<ImportedDataset> imported,
            ImportIntoPool(command.pool, sources, options));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  progress.Clear();
  int64_t samples = 0;
  int64_t rejected = 0;
  nlohmann::json datasets = nlohmann::json::array();
  for (const ImportedDataset& one : imported) {
    samples += one.dataset.samples;
    rejected += RejectedOf(one.dataset);
    datasets.push_back(ToJson(one));
  }
  if (invocation.json) {
    const nlohmann::json object = {{"pool", command.pool},
                                   {"samples", samples},
                                   {"rejected", rejected},
                                   {"seconds", seconds},
                                   {"datasets", std::move(datasets)}};
    PrintOut(object.dump(2));
    return kExitDone;
  }
  PrintOut(fmt::format("{}: {} in {} s", command.pool, Counted(samples, "sample"),
                       SecondsText(seconds)));
  for (const ImportedDataset& one : imported) PrintDataset(one);
  if (rejected > 0) {
    PrintOut(
        fmt::format("  {}; see them with\n  flywheel pool query --pool {} \"SELECT * FROM "
                    "rejects\"",
                    Counted(rejected, "record") + " rejected", command.pool));
  }
  return kExitDone;
}

}  // namespace

void AddPoolImport(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand(
      "import", "Index data files; samples stay where they are. Goes on where it was interrupted");
  auto command = std::make_shared<ImportCommand>();
  app->add_option("SOURCE", command->request.sources,
                  "Files (.json, .jsonl, .parquet) and folders of them")
      ->required();
  AddPoolOption(app, &command->pool);
  app->add_option("--dataset", command->request.dataset,
                  "Name of the data set that all sources are; without it each file is one")
      ->type_name("NAME");
  app->add_option("--images", command->request.images_root, "Folder that image paths begin in")
      ->type_name("ROOT");
  app->add_option("--catalogue", command->catalogue,
                  "Categories and counts; DataOptim's without it")
      ->type_name("FILE");
  app->add_flag("--strict", command->strict, "Fail at the first record that cannot be used");
  app->add_option("--threads", command->threads, "Threads; as many as the machine has without it")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  AddJsonOption(app, invocation);
  app->footer(
      "Formats: LLaVA JSON and JSONL, LLaVA-NeXT-Data (Parquet or JSON), LLaMA-Factory's ShareGPT\n"
      "form, MLLM-DataEngine, COCO captions, VQA v2. Files that have not changed are left alone.\n"
      "Rejected records are counted by reason and kept in the table 'rejects'.");
  app->callback([invocation, command] {
    invocation->action = [invocation, command] { return AsFailure(Import(*invocation, *command)); };
  });
}

}  // namespace flywheel

// `flywheel pool tag` and `flywheel pool signatures`: columns that an import does not fill.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "clients/cli/interrupts.h"
#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "clients/cli/pool_progress.h"
#include "pool/index/enrichment.h"

namespace flywheel {
namespace {

struct EnrichCommand {
  std::string pool;
  std::string model;  // of question types; empty: the one that ships
  int threads = 0;
};

using Enrich = std::function<Result<std::vector<EnrichedDataset>>(const EnrichmentOptions&)>;

Result<int> Run(const Invocation& invocation, const EnrichCommand& command, const Enrich& enrich) {
  Interrupts interrupts;
  PoolProgress progress;
  EnrichmentOptions options;
  options.threads = command.threads > 0
                        ? command.threads
                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  options.should_stop = [&interrupts] { return interrupts.count() > 0; };
  options.progress = [&progress](const EnrichmentProgress& now) {
    const double total = std::max<double>(1, static_cast<double>(now.total));
    progress.Show({now.dataset, static_cast<double>(now.samples) / total, now.samples});
  };
  const auto begun = std::chrono::steady_clock::now();
  FW_ASSIGN(const std::vector<EnrichedDataset> enriched, enrich(options));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  progress.Clear();
  int64_t samples = 0;
  nlohmann::json datasets = nlohmann::json::array();
  for (const EnrichedDataset& dataset : enriched) {
    samples += dataset.samples;
    datasets.push_back({{"name", dataset.name}, {"samples", dataset.samples}});
  }
  if (invocation.json) {
    const nlohmann::json object = {
        {"samples", samples}, {"seconds", seconds}, {"datasets", std::move(datasets)}};
    PrintOut(object.dump(2));
    return kExitDone;
  }
  PrintOut(fmt::format("{}: {} in {} s, the others had theirs already", command.pool,
                       Counted(samples, "sample"), SecondsText(seconds)));
  return kExitDone;
}

Result<int> Tag(const Invocation& invocation, const EnrichCommand& command) {
  FW_ASSIGN(TypeModel model,
            command.model.empty() ? ShippedTypeModel() : TypeModel::Load(command.model));
  const QuestionTagger tagger(std::move(model));
  return Run(invocation, command, [&](const EnrichmentOptions& options) {
    return TagPool(command.pool, tagger, options);
  });
}

void AddOptions(CLI::App* app, EnrichCommand* command) {
  AddPoolOption(app, &command->pool);
  app->add_option("--threads", command->threads, "Threads; as many as the machine has without it")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
}

}  // namespace

void AddPoolTag(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand(
      "tag",
      "Give every sample its question type, 1 to 9 or none, where it has none of this version");
  auto command = std::make_shared<EnrichCommand>();
  AddOptions(app, command.get());
  app->add_option("--model", command->model,
                  "Model of question types; the one that ships without it")
      ->type_name("FILE");
  AddJsonOption(app, invocation);
  app->callback([invocation, command] {
    invocation->action = [invocation, command] { return AsFailure(Tag(*invocation, *command)); };
  });
}

void AddPoolSignatures(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand(
      "signatures", "Give every sample the signature that near-duplicates are found by");
  auto command = std::make_shared<EnrichCommand>();
  AddOptions(app, command.get());
  AddJsonOption(app, invocation);
  app->callback([invocation, command] {
    invocation->action = [invocation, command] {
      return Run(*invocation, *command, [&command = *command](const EnrichmentOptions& options) {
        return SignPool(command.pool, options);
      });
    };
  });
}

}  // namespace flywheel

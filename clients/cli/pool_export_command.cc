// `flywheel pool export`: samples of a pool in the formats that trainers and others read.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "clients/cli/pool_progress.h"
#include "pool/export/exporter.h"
#include "pool/select/select_filter.h"
#include "pool/select/select_ids.h"
#include "pool/select/selection_file.h"

namespace flywheel {
namespace {

struct ExportCommand {
  std::string pool;
  std::string selection;
  std::string ids;
  std::string where;
  std::string format = "llava";
  std::string boxes;
  std::string images = "none";
  std::string bad_images = "keep";
  std::string mix;
  bool all = false;
  bool like_dataoptim = false;
  ExportRequest request;
};

const std::map<std::string, ExportFormat>& Formats() {
  static const std::map<std::string, ExportFormat> formats = {{"llava", ExportFormat::kLlava},
                                                              {"jsonl", ExportFormat::kLines},
                                                              {"parquet", ExportFormat::kParquet},
                                                              {"engine", ExportFormat::kEngine},
                                                              {"ids", ExportFormat::kIds}};
  return formats;
}

// The samples to export, in order.
Result<Selection> ChooseSamples(const ExportCommand& command, Pool* pool) {
  if (!command.selection.empty()) return ReadSelection(command.selection, pool);
  if (!command.ids.empty()) {
    // DataOptim's script takes the last of several, and a sample each time the list names it.
    return SelectIds(
        {.path = command.ids,
         .repeated_id = command.like_dataoptim ? RepeatedId::kLast : RepeatedId::kFirst,
         .repeated_line = command.like_dataoptim ? RepeatedLine::kEachTime : RepeatedLine::kOnce},
        pool);
  }
  Selection selection;
  FilterRequest filter;
  filter.where = command.where;
  FW_ASSIGN(selection, SelectByFilter(filter, *pool));
  // All that fit come in the pool's order.
  std::sort(selection.samples.begin(), selection.samples.end(),
            [](const SelectedSample& a, const SelectedSample& b) { return a.sample < b.sample; });
  return selection;
}

Result<ExportRequest> CompleteRequest(const ExportCommand& command) {
  ExportRequest request = command.request;
  request.format = command.like_dataoptim ? ExportFormat::kDataOptim : Formats().at(command.format);
  if (!command.boxes.empty()) {
    FW_ASSIGN(request.boxes, BoxSpaceFromName(command.boxes));
  }
  if (!command.mix.empty()) {
    FW_ASSIGN(request.mixture, ParseMixture(command.mix));
  }
  request.images = command.images == "link"   ? ImageTransfer::kLink
                   : command.images == "copy" ? ImageTransfer::kCopy
                                              : ImageTransfer::kNone;
  request.bad_images = command.bad_images == "refuse" ? BadImages::kRefuse
                       : command.bad_images == "drop" ? BadImages::kDrop
                                                      : BadImages::kKeep;
  return request;
}

void PrintSummary(const Invocation& invocation, const ExportRequest& request,
                  const ExportSummary& summary) {
  if (invocation.json) {
    const nlohmann::json object = {{"out", request.out},
                                   {"written", summary.written},
                                   {"from_base", summary.from_base},
                                   {"boxes", summary.boxes},
                                   {"left_out", summary.left_out},
                                   {"images",
                                    {{"linked", summary.images.linked},
                                     {"copied", summary.images.copied},
                                     {"extracted", summary.images.extracted}}}};
    PrintOut(object.dump(2));
    return;
  }
  PrintOut(fmt::format("{}: {}", request.out, Counted(summary.written, "record")));
  if (summary.from_base > 0) {
    PrintOut(fmt::format("  {:>12} from {}", CountText(summary.from_base), request.base));
  }
  if (summary.boxes > 0)
    PrintOut(fmt::format("  {:>12} boxes converted", CountText(summary.boxes)));
  const ImageCounts& images = summary.images;
  if (images.linked + images.copied + images.extracted > 0) {
    PrintOut(fmt::format("  {:>12} images linked, {} copied, {} taken out of Parquet",
                         CountText(images.linked), CountText(images.copied),
                         CountText(images.extracted)));
  }
  for (const auto& [reason, count] : summary.left_out) {
    PrintOut(fmt::format("  {:>12} left out: {}", CountText(count), reason));
  }
}

Result<int> RunExport(const Invocation& invocation, const ExportCommand& command) {
  FW_ASSIGN(ExportRequest request, CompleteRequest(command));
  FW_ASSIGN(Pool pool, Pool::Open(command.pool));
  FW_ASSIGN(const Catalogue catalogue, DataOptimCatalogue());
  FW_ASSIGN(const Selection selection, ChooseSamples(command, &pool));
  for (const std::string& warning : selection.warnings) PrintNote("  " + warning);
  for (const SelectedSample& selected : selection.samples) {
    request.samples.push_back(selected.sample);
  }
  PoolProgress progress;
  const double total = std::max<double>(1, static_cast<double>(request.samples.size()));
  request.progress = [&progress, total](int64_t done) {
    progress.Show({"export", static_cast<double>(done) / total, done});
  };
  FW_ASSIGN(const ExportSummary summary, Export(request, catalogue, &pool));
  progress.Clear();
  PrintSummary(invocation, request, summary);
  return kExitDone;
}

void AddSources(CLI::App* app, ExportCommand* command) {
  CLI::Option_group* group = app->add_option_group("samples", "One of");
  group->add_option("--selection", command->selection, "selection.parquet of 'pool select'")
      ->type_name("FILE");
  group->add_option("--ids", command->ids, "A list of ids, one on each line")->type_name("FILE");
  group->add_option("--where", command->where, "An SQL predicate over the columns of samples")
      ->type_name("SQL");
  group->add_flag("--all", command->all, "The whole pool");
  group->require_option(1);
}

}  // namespace

void AddPoolExport(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand("export", "Write samples as LLaVA JSON and other formats");
  auto command = std::make_shared<ExportCommand>();
  ExportRequest& request = command->request;
  AddPoolOption(app, &command->pool);
  AddSources(app, command.get());
  app->add_option("--out", request.out, "File to write; a folder for parquet")
      ->type_name("PATH")
      ->required();
  CLI::Option* format = app->add_option("--format", command->format,
                                        "llava (a JSON array), jsonl, parquet, engine, ids")
                            ->check(CLI::IsMember({"llava", "jsonl", "parquet", "engine", "ids"}))
                            ->capture_default_str();
  app->add_flag("--like-dataoptim", command->like_dataoptim,
                "The bytes that DataOptim's get_subset_from_ids.py writes")
      ->excludes(format);
  app->add_option("--boxes", command->boxes, "Convert boxes to one space: square or original")
      ->check(CLI::IsMember({"square", "original"}));
  app->add_option("--images-root", request.images_root,
                  "Folder that image paths begin in; without it that of the import")
      ->type_name("ROOT");
  CLI::Option* images_out =
      app->add_option("--images-out", request.images_out, "Folder to put the samples' images in")
          ->type_name("DIR");
  app->add_option("--images", command->images, "How: link, copy (Parquet's are taken out), none")
      ->check(CLI::IsMember({"link", "copy", "none"}))
      ->needs(images_out)
      ->capture_default_str();
  app->add_option("--bad-images", command->bad_images,
                  "Samples whose image is missing or broken: keep, refuse or drop")
      ->check(CLI::IsMember({"keep", "refuse", "drop"}))
      ->capture_default_str();
  CLI::Option* base =
      app->add_option("--base", request.base, "LLaVA file that goes before the samples")
          ->type_name("FILE");
  app->add_option("--mix", command->mix, "How much of both: base:1.0,new:1.0")
      ->type_name("MIX")
      ->needs(base);
  AddJsonOption(app, invocation);
  app->footer(
      "Example, the training file of LLaVA-1.5 with a selection added:\n"
      "  flywheel pool export --pool P --selection chosen/selection.parquet \\\n"
      "    --base llava_v1_5_mix665k.json --mix base:1.0,new:1.0 --out train.json");
  app->callback([invocation, command] {
    invocation->action = [invocation, command] {
      return AsFailure(RunExport(*invocation, *command));
    };
  });
}

}  // namespace flywheel

// `flywheel pool select`: samples of a pool into a selection and a LLaVA file.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "clients/cli/text_table.h"
#include "pool/formats/record_writer.h"
#include "pool/index/llava_records.h"
#include "pool/select/select_filter.h"
#include "pool/select/select_ids.h"
#include "pool/select/selection_file.h"
#include "pool/text/near_duplicates.h"
#include "pool/text/text_signature.h"
#include "pool/text/type_weights.h"

namespace flywheel {
namespace {

struct SelectCommand {
  std::string pool;
  std::string out;
  IdListRequest ids;
  FilterRequest filter;
  std::string weights;
  std::string repeated = "first";
  bool strict = false;
  bool no_near_duplicates = false;
  std::vector<std::string> exclude;
  std::string exclude_images;
};

Result<RepeatedId> RepeatedIdOf(const std::string& name) {
  if (name == "first") return RepeatedId::kFirst;
  if (name == "last") return RepeatedId::kLast;
  return RepeatedId::kError;
}

Status CompleteFilter(const SelectCommand& command, FilterRequest* filter) {
  if (!command.weights.empty()) {
    FW_ASSIGN(filter->weights, ReadTypeWeights(command.weights));
  }
  if (command.no_near_duplicates) filter->near_duplicate_bits = kUsualDistance;
  for (const std::string& path : command.exclude) {
    FW_ASSIGN(const auto content, ReadSelectedContent(path));
    filter->used.insert(content.begin(), content.end());
  }
  if (command.exclude_images.empty()) return OkStatus();
  return ForEachLine(command.exclude_images, [filter](std::string_view line, int64_t) {
    if (!line.empty()) filter->benchmark_images.insert(ImageKey(line));
    return OkStatus();
  });
}

Result<Selection> Choose(const SelectCommand& command, Pool* pool) {
  if (!command.ids.path.empty()) {
    IdListRequest request = command.ids;
    FW_ASSIGN(request.repeated_id, RepeatedIdOf(command.repeated));
    return SelectIds(request, pool);
  }
  FilterRequest filter = command.filter;
  FW_TRY(CompleteFilter(command, &filter));
  return SelectByFilter(filter, *pool);
}

Status WriteFiles(const SelectCommand& command, const Selection& selection, Pool* pool) {
  FW_TRY(MakeDirectories(command.out));
  FW_ASSIGN(std::vector<SelectedRecord> records, ReadSelected(selection, pool));
  FW_ASSIGN(RecordFileWriter writer,
            RecordFileWriter::Create(command.out + "/llava.json", RecordFileForm::kArray));
  for (SelectedRecord& record : records) {
    FW_ASSIGN(const std::string llava, LlavaRecordOf(pool->DatasetOf(record.selected.sample),
                                                     record.id, std::move(record.record)));
    FW_TRY(writer.Write(llava));
  }
  FW_TRY(WriteSelection(records, *pool, command.out + "/selection.parquet"));
  return writer.Finish();
}

void PrintSelection(const Invocation& invocation, const SelectCommand& command,
                    const Selection& selection) {
  if (invocation.json) {
    nlohmann::json strata = nlohmann::json::array();
    for (const Stratum& stratum : selection.strata) {
      strata.push_back({{"name", stratum.name},
                        {"wanted", stratum.wanted},
                        {"taken", stratum.taken},
                        {"available", stratum.available}});
    }
    const nlohmann::json object = {{"out", command.out},
                                   {"selected", selection.samples.size()},
                                   {"short", selection.IsShort()},
                                   {"strata", std::move(strata)},
                                   {"left_out", selection.left_out},
                                   {"warnings", selection.warnings}};
    PrintOut(object.dump(2));
    return;
  }
  PrintOut(fmt::format("{}: {} selected", command.out,
                       Counted(static_cast<int64_t>(selection.samples.size()), "sample")));
  TextTable table({"stratum", "wanted", "taken", "available", ""});
  table.AlignColumn(4, Align::kLeft);
  for (const Stratum& stratum : selection.strata) {
    table.AddRow({stratum.name, CountText(stratum.wanted), CountText(stratum.taken),
                  CountText(stratum.available),
                  stratum.taken < stratum.wanted
                      ? fmt::format("short of {}", CountText(stratum.wanted - stratum.taken))
                      : ""});
  }
  PrintOut(table.Render());
  for (const auto& [reason, count] : selection.left_out) {
    PrintOut(fmt::format("  left out: {} {}", CountText(count), reason));
  }
}

Result<int> Select(const Invocation& invocation, const SelectCommand& command) {
  FW_ASSIGN(Pool pool, Pool::Open(command.pool));
  FW_ASSIGN(const Selection selection, Choose(command, &pool));
  for (const std::string& warning : selection.warnings) PrintNote("  " + warning);
  const bool refuse = command.strict && selection.IsShort();
  if (!refuse) FW_TRY(WriteFiles(command, selection, &pool));
  PrintSelection(invocation, command, selection);
  if (refuse) {
    PrintNote(
        "flywheel: a stratum has fewer samples than wanted, and --strict was given; nothing "
        "was written");
  }
  return refuse ? kExitFailed : kExitDone;
}

void AddOptions(CLI::App* app, SelectCommand* command) {
  AddPoolOption(app, &command->pool);
  app->add_option("--out", command->out, "Folder for selection.parquet and llava.json")
      ->type_name("DIR")
      ->required();
  CLI::Option* ids = app->add_option("--ids", command->ids.path,
                                     "A list of ids, one on each line, taken in its order")
                         ->type_name("FILE");
  app->add_option("--repeated", command->repeated,
                  "Which of several samples with the same id: first, last or error")
      ->check(CLI::IsMember({"first", "last", "error"}))
      ->needs(ids)
      ->capture_default_str();
  app->add_option("--where", command->filter.where, "An SQL predicate over the columns of samples")
      ->type_name("SQL")
      ->excludes(ids);
  CLI::Option* weights =
      app->add_option("--weights", command->weights, "Weights of question types, a JSON object")
          ->type_name("FILE")
          ->excludes(ids);
  app->add_option("--count", command->filter.count, "How many samples; without it all that fit")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, int64_t{2'000'000'000}))
      ->excludes(ids);
  app->add_option("--seed", command->filter.seed, "Equal seeds choose equal samples")
      ->type_name("SEED")
      ->capture_default_str();
  app->add_option("--min-score", command->filter.min_score,
                  "The least confidence of a question type that counts")
      ->type_name("0..1")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(weights);
  app->add_option("--temperature", command->filter.temperature,
                  "How data sets are mixed: 1 as large as they are, large values evenly")
      ->type_name("T")
      ->check(CLI::PositiveNumber)
      ->excludes(ids)
      ->capture_default_str();
  app->add_flag("--no-near-duplicates", command->no_near_duplicates,
                "Leave out what is nearly the same as a sample that is taken")
      ->excludes(ids);
  app->add_option("--exclude", command->exclude,
                  "selection.parquet files whose samples are left out, by content")
      ->type_name("FILE...")
      ->excludes(ids);
  app->add_option(
         "--exclude-images", command->exclude_images,
         "A list of image paths, one on each line; samples with these pictures are left out")
      ->type_name("FILE")
      ->excludes(ids);
  app->add_flag("--strict", command->strict, "Fail, and write nothing, when a stratum is short");
}

// Throws a usage error when nothing says what to select.
void RequireCriterion(const CLI::App& app) {
  for (const char* name : {"--ids", "--where", "--weights", "--count"}) {
    if (app.count(name) > 0) return;
  }
  throw CLI::RequiredError("one of --ids, --where, --weights and --count");
}

}  // namespace

void AddPoolSelect(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand(
      "select", "Choose samples: by ids, by an SQL predicate, by weights of question types");
  auto command = std::make_shared<SelectCommand>();
  AddOptions(app, command.get());
  AddJsonOption(app, invocation);
  app->footer(
      "The weights file: {\"1\": 0.2, \"Instance Location\": 0.8}, types by number or name.\n"
      "Example:\n"
      "  flywheel pool select --pool P --weights w.json --count 100000 --seed 7 --out chosen");
  app->callback([app, invocation, command] {
    RequireCriterion(*app);
    invocation->action = [invocation, command] { return AsFailure(Select(*invocation, *command)); };
  });
}

}  // namespace flywheel

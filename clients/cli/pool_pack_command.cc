// `flywheel pool pack`: samples and their images into Parquet shards that need nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "clients/cli/interrupts.h"
#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "clients/cli/pool_progress.h"
#include "pool/export/pack.h"
#include "pool/select/selection_file.h"

namespace flywheel {
namespace {

using nlohmann::json;

struct PackCommand {
  std::string pool;
  std::string selection;
  std::string dataset;
  std::string missing = "refuse";
  int64_t shard_mb = 256;
  PackRequest request;
};

int64_t BytesOf(const PackSummary& summary) {
  int64_t bytes = 0;
  for (const PackedShard& shard : summary.shards) bytes += shard.bytes;
  return bytes;
}

json ToJson(const PackSummary& summary) {
  json shards = json::array();
  for (const PackedShard& shard : summary.shards) {
    shards.push_back({{"name", shard.name}, {"samples", shard.samples}, {"bytes", shard.bytes}});
  }
  json dropped = json::object();
  for (const auto& [problem, count] : summary.dropped) {
    dropped[std::string(ImageProblemName(problem))] = count;
  }
  return {{"samples", summary.samples},          {"text_only", summary.text_only},
          {"bytes", BytesOf(summary)},           {"shards", std::move(shards)},
          {"dropped", std::move(dropped)},       {"first_dropped", summary.first_dropped},
          {"left_out_members", summary.left_out}};
}

void PrintSummary(const PackCommand& command, const PackSummary& summary, double seconds) {
  PrintOut(fmt::format("{}: {}, {} of them text only, in {} of {:.1f} MB, in {} s",
                       command.request.out, Counted(summary.samples, "sample"),
                       CountText(summary.text_only),
                       Counted(static_cast<int64_t>(summary.shards.size()), "shard"),
                       static_cast<double>(BytesOf(summary)) / 1e6, SecondsText(seconds)));
  for (const auto& [problem, count] : summary.dropped) {
    PrintOut(fmt::format("  dropped: {} with an image that is {}", Counted(count, "sample"),
                         ImageProblemName(problem)));
  }
  for (const std::string& message : summary.first_dropped) PrintOut("    " + message);
  for (const auto& [member, count] : summary.left_out) {
    PrintOut(fmt::format("  left out: '{}' of {}: the shards have no column for it", member,
                         Counted(count, "record")));
  }
}

Result<std::vector<SampleRange>> SamplesOf(const PackCommand& command, Pool* pool) {
  if (command.selection.empty()) return RangesOf(command.dataset, *pool);
  FW_ASSIGN(const Selection selection, ReadSelection(command.selection, pool));
  return RangesOf(selection);
}

Result<int> Pack(const Invocation& invocation, const PackCommand& command) {
  Interrupts interrupts;
  FW_ASSIGN(Pool pool, Pool::Open(command.pool));
  PackRequest request = command.request;
  FW_ASSIGN(request.samples, SamplesOf(command, &pool));
  request.shard_bytes = command.shard_mb << 20;
  request.bad_image = command.missing == "drop" ? BadImage::kDrop : BadImage::kRefuse;
  PoolProgress progress;
  request.should_stop = [&interrupts] { return interrupts.count() > 0; };
  request.progress = [&progress](const PackProgress& now) {
    const double total = std::max<double>(1, static_cast<double>(now.total));
    progress.Show({"pack", static_cast<double>(now.samples) / total, now.samples});
  };
  const auto begun = std::chrono::steady_clock::now();
  FW_ASSIGN(const PackSummary summary, PackSamples(request, &pool));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  progress.Clear();
  if (!invocation.json) {
    PrintSummary(command, summary, seconds);
    return kExitDone;
  }
  json object = ToJson(summary);
  object["out"] = request.out;
  object["seconds"] = seconds;
  PrintOut(object.dump(2, ' ', false, json::error_handler_t::replace));
  return kExitDone;
}

}  // namespace

void AddPoolPack(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand(
      "pack", "Copy samples and their images into Parquet shards, to move them elsewhere");
  auto command = std::make_shared<PackCommand>();
  AddPoolOption(app, &command->pool);
  CLI::Option* selection =
      app->add_option("--selection", command->selection, "A selection.parquet, whose order is kept")
          ->type_name("FILE");
  app->add_option("--dataset", command->dataset, "All samples of this data set")
      ->type_name("NAME")
      ->excludes(selection);
  app->add_option("--images", command->request.images_root,
                  "Folder that image paths begin in; without it the one of each import")
      ->type_name("ROOT");
  app->add_option("--out", command->request.out, "Folder for the shards: a new or an empty one")
      ->type_name("DIR")
      ->required();
  app->add_option("--shard-mb", command->shard_mb, "Texts and images of a shard, in MiB")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{4096}))
      ->capture_default_str();
  app->add_option("--missing", command->missing,
                  "Samples whose image is missing or is none: refuse to pack, or drop them")
      ->check(CLI::IsMember({"refuse", "drop"}))
      ->capture_default_str();
  AddJsonOption(app, invocation);
  app->footer(
      "Without --selection and --dataset all samples of the pool are packed. Columns as in\n"
      "LLaVA-NeXT-Data: id, conversations, data_source (the record's own, or else its data set),\n"
      "image {bytes, path}, null for text only. DIR appears when all of it is written.\n"
      "Example:\n"
      "  flywheel pool pack --pool P --selection chosen/selection.parquet --images I --out moved");
  app->callback([invocation, command] {
    invocation->action = [invocation, command] { return Pack(*invocation, *command); };
  });
}

}  // namespace flywheel

#include "clients/cli/pool_files_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "clients/cli/number_text.h"
#include "clients/cli/pool_progress.h"
#include "pool/boxes/box_files.h"
#include "pool/dataoptim/catalogue.h"
#include "pool/dataoptim/synthetic_pool.h"
#include "pool/images/image_sizes.h"

namespace flywheel {
namespace {

using nlohmann::json;

std::string MegabytesText(int64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

int64_t PublishedBytes(const Catalogue& catalogue) {
  int64_t bytes = 0;
  for (const CatalogueDataset& dataset : catalogue.datasets) bytes += dataset.file_bytes;
  return bytes;
}

void PrintSynthesized(const Invocation& invocation, const SyntheticPoolOptions& options,
                      const std::vector<SyntheticFile>& files) {
  int64_t bytes = 0;
  json list = json::array();
  for (const SyntheticFile& file : files) {
    bytes += file.bytes;
    list.push_back({{"dataset", file.dataset},
                    {"path", file.path},
                    {"samples", file.samples},
                    {"bytes", file.bytes}});
  }
  if (invocation.json) {
    const json object = {{"out", options.out},
                         {"seed", options.seed},
                         {"samples", options.samples},
                         {"bytes", bytes},
                         {"files", list}};
    return PrintOut(object.dump(2));
  }
  PrintOut(fmt::format("{}: {} samples of seed {} in {} files, {}", options.out,
                       CountText(options.samples), options.seed, files.size(),
                       MegabytesText(bytes)));
  for (const SyntheticFile& file : files) {
    PrintOut(fmt::format("  {:<14}{:>12}{:>14}", file.dataset, CountText(file.samples),
                         MegabytesText(file.bytes)));
  }
}

Result<int> Synthesize(const Invocation& invocation, SyntheticPoolOptions options) {
  FW_ASSIGN(const Catalogue catalogue, DataOptimCatalogue());
  const double share =
      static_cast<double>(options.samples) / static_cast<double>(catalogue.samples);
  std::vector<SyntheticFile> files;
  {
    PoolProgress progress;
    const double total = std::max(1.0, share * static_cast<double>(PublishedBytes(catalogue)));
    options.progress = [&progress, total](const SyntheticProgress& now) {
      progress.Show({"synthesize", static_cast<double>(now.bytes) / total, now.bytes, "bytes"});
      return OkStatus();
    };
    FW_ASSIGN(files, WriteSyntheticPool(catalogue, options));
  }
  PrintSynthesized(invocation, options, files);
  return kExitDone;
}

struct ConvertArguments {
  std::string to;
  std::string images;
  std::string sizes;
  std::string in;
  std::string out;
};

Result<int> ConvertFile(const Invocation& invocation, const ConvertArguments& arguments) {
  if (arguments.images.empty() && arguments.sizes.empty()) {
    return InvalidArgument("--images or --sizes: expected one of them, to know the images' sizes");
  }
  ImageSizes sizes(arguments.images);
  if (!arguments.sizes.empty()) {
    const Status known = sizes.AddKnown(arguments.sizes);
    if (!known.ok()) return FailedPrecondition(known.message());
  }
  BoxFileOptions options;
  options.in = arguments.in;
  options.out = arguments.out;
  FW_ASSIGN(options.to, BoxSpaceFromName(arguments.to));
  options.size_of = [&sizes](const std::string& image) { return sizes.SizeOf(image); };
  std::error_code no_size;
  const auto bytes = std::filesystem::file_size(options.in, no_size);
  Result<BoxFileSummary> summary = BoxFileSummary{};
  {
    PoolProgress progress;
    const double total = no_size ? 1 : std::max(1.0, static_cast<double>(bytes));
    options.progress = [&progress, total](int64_t done) {
      progress.Show({"convert-boxes", static_cast<double>(done) / total, done, "bytes"});
      return OkStatus();
    };
    summary = AsFailure(ConvertBoxFile(options));
  }
  FW_TRY(summary.status());
  if (invocation.json) {
    const json object = {{"in", arguments.in},
                         {"out", arguments.out},
                         {"to", arguments.to},
                         {"rows", summary->rows},
                         {"converted_rows", summary->converted_rows},
                         {"boxes", summary->boxes},
                         {"images_opened", sizes.opened()}};
    PrintOut(object.dump(2));
  } else {
    PrintOut(fmt::format("{}: {} of {} rows converted to {} boxes, {} boxes", arguments.out,
                         CountText(summary->converted_rows), CountText(summary->rows), arguments.to,
                         CountText(summary->boxes)));
  }
  return kExitDone;
}

}  // namespace

void AddPoolSynthesize(CLI::App* pool, Invocation* invocation) {
  CLI::App* command = pool->add_subcommand(
      "synthesize", "Write made-up data in the shape of the DataOptim pool, to measure on");
  auto options = std::make_shared<SyntheticPoolOptions>();
  command->add_option("--samples", options->samples, "Samples of all 21 files; DataOptim: 11258372")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, kMostSyntheticSamples))
      ->required();
  command->add_option("--out", options->out, "Folder to write to; made when it is not there")
      ->type_name("DIR")
      ->required();
  command->add_option("--seed", options->seed, "Equal seeds give equal bytes")
      ->type_name("SEED")
      ->capture_default_str();
  AddJsonOption(command, invocation);
  command->footer("Writes DIR/data/<data set>.json for each data set and DIR/synthetic.json.");
  command->callback([invocation, options] {
    invocation->action = [invocation, options] { return Synthesize(*invocation, *options); };
  });
}

void AddPoolConvertBoxes(CLI::App* pool, Invocation* invocation) {
  CLI::App* command = pool->add_subcommand(
      "convert-boxes", "Convert boxes to the image padded to a square, or back to the image");
  auto arguments = std::make_shared<ConvertArguments>();
  command->add_option("--to", arguments->to, "The space that boxes are to be in")
      ->type_name("square|original")
      ->check(CLI::IsMember({"square", "original"}))
      ->required();
  command->add_option("--images", arguments->images, "Folder that the rows' images are below")
      ->type_name("ROOT");
  command
      ->add_option("--sizes", arguments->sizes,
                   "Known sizes, which spare opening images: JSON lines of image, width, height")
      ->type_name("FILE");
  command->add_option("in", arguments->in, "LLaVA rows: a JSON array or JSON lines")
      ->type_name("IN")
      ->required();
  command->add_option("out", arguments->out, "File to write; replaced when all is converted")
      ->type_name("OUT")
      ->required();
  AddJsonOption(command, invocation);
  command->footer(
      "Rows say by a member box_space which space they are in; rows that are in the wanted one\n"
      "are left alone, rows without it are taken to be in the other one. Coordinates are rounded\n"
      "to pixels and three decimals both ways; to 'original', what lies in the padding is lost.");
  command->callback([invocation, arguments] {
    invocation->action = [invocation, arguments] { return ConvertFile(*invocation, *arguments); };
  });
}

}  // namespace flywheel

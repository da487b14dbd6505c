// `flywheel pool check`: looks at the images of a pool before a trainer does.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "clients/cli/interrupts.h"
#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "clients/cli/pool_progress.h"
#include "clients/cli/text_table.h"
#include "pool/index/image_check.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr std::array<ImageProblem, 5> kProblems = {
    ImageProblem::kMissing, ImageProblem::kUndecodable, ImageProblem::kOutsideRoot,
    ImageProblem::kUnreadable, ImageProblem::kWrongExtension};

struct CheckCommand {
  std::string pool;
  ImageCheckOptions options;
  int threads = 0;
};

int64_t CountOf(const ProblemCounts& problems, ImageProblem problem) {
  const auto found = problems.find(problem);
  return found == problems.end() ? 0 : found->second;
}

json ToJson(const ProblemCounts& problems) {
  json object = json::object();
  for (const ImageProblem problem : kProblems) {
    object[std::string(ImageProblemName(problem))] = CountOf(problems, problem);
  }
  return object;
}

json ToJson(const ImageCheckReport& report) {
  json datasets = json::array();
  for (const DatasetImages& dataset : report.datasets) {
    datasets.push_back({{"name", dataset.name},
                        {"images", dataset.images},
                        {"problems", ToJson(dataset.problems)}});
  }
  json findings = json::array();
  for (const PoolImageFinding& finding : report.findings) {
    findings.push_back({{"image", finding.image},
                        {"problem", ImageProblemName(finding.problem)},
                        {"message", finding.message},
                        {"datasets", finding.datasets},
                        {"samples", finding.samples}});
  }
  json folders = json::array();
  for (const MissingFolder& folder : report.missing_folders) {
    folders.push_back(
        {{"path", folder.path}, {"images", folder.images}, {"message", folder.message}});
  }
  return {{"images", report.images},
          {"problems", ToJson(report.problems)},
          {"stops_training", report.StopsTraining()},
          {"datasets", std::move(datasets)},
          {"findings", std::move(findings)},
          {"missing_folders", std::move(folders)},
          {"inside_files", report.inside_files},
          {"rejected_paths", report.rejected_paths}};
}

void PrintTable(const ImageCheckReport& report) {
  TextTable table({"data set", "images", "missing", "undecodable", "outside the root", "unreadable",
                   "wrong extension"});
  const auto add = [&table](const std::string& name, int64_t images, const ProblemCounts& counts) {
    std::vector<std::string> cells = {name, CountText(images)};
    for (const ImageProblem problem : kProblems) {
      cells.push_back(CountText(CountOf(counts, problem)));
    }
    table.AddRow(std::move(cells));
  };
  for (const DatasetImages& dataset : report.datasets) {
    add(dataset.name, dataset.images, dataset.problems);
  }
  add("different ones", report.images, report.problems);
  PrintOut(table.Render());
}

void PrintFindings(const ImageCheckReport& report) {
  for (const MissingFolder& folder : report.missing_folders) {
    PrintOut(fmt::format("  no folder {}: {} missing, the first: {}", folder.path,
                         Counted(folder.images, "image"), folder.message));
  }
  for (const PoolImageFinding& finding : report.findings) {
    PrintOut(fmt::format("  {:<15} {}  ({} of {})", ImageProblemName(finding.problem),
                         finding.message, Counted(finding.samples, "sample"),
                         fmt::join(finding.datasets, ", ")));
  }
  int64_t all = 0;
  for (const auto& [problem, count] : report.problems) all += count;
  const auto shown = static_cast<int64_t>(report.findings.size());
  if (all > shown) {
    PrintOut(fmt::format("  {} more; --report FILE has them all, --show N prints more",
                         CountText(all - shown)));
  }
  for (const auto& [dataset, samples] : report.inside_files) {
    PrintOut(fmt::format("  {}: images of {} in Parquet files were not looked at", dataset,
                         Counted(samples, "sample")));
  }
  for (const auto& [dataset, records] : report.rejected_paths) {
    PrintOut(fmt::format("  {}: {} with images outside the root, rejected by the import", dataset,
                         Counted(records, "record")));
  }
}

Result<int> Check(const Invocation& invocation, const CheckCommand& command) {
  Interrupts interrupts;
  FW_ASSIGN(const Pool pool, Pool::Open(command.pool));
  PoolProgress progress;
  ImageCheckOptions options = command.options;
  options.threads = command.threads > 0
                        ? command.threads
                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  options.should_stop = [&interrupts] { return interrupts.count() > 0; };
  options.progress = [&progress](const ImageCheckProgress& now) {
    const double total = std::max<double>(1, static_cast<double>(now.total));
    progress.Show({"images", static_cast<double>(now.images) / total, now.images, "images"});
  };
  const auto begun = std::chrono::steady_clock::now();
  FW_ASSIGN(const ImageCheckReport report, CheckPoolImages(options, pool));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  progress.Clear();
  if (invocation.json) {
    json object = ToJson(report);
    object["pool"] = command.pool;
    object["seconds"] = seconds;
    if (!options.report.empty()) object["report"] = options.report;
    PrintOut(object.dump(2, ' ', false, json::error_handler_t::replace));
  } else {
    PrintOut(fmt::format("{}: {} in {} s", command.pool, Counted(report.images, "image"),
                         SecondsText(seconds)));
    PrintTable(report);
    PrintFindings(report);
    if (!options.report.empty()) PrintOut(fmt::format("  all findings: {}", options.report));
  }
  return report.StopsTraining() ? kExitFailed : kExitDone;
}

}  // namespace

void AddPoolCheck(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand(
      "check", "Look at every image: missing, undecodable, outside the root, wrongly named");
  auto command = std::make_shared<CheckCommand>();
  AddPoolOption(app, &command->pool);
  app->add_option("--images", command->options.images_root,
                  "Folder that image paths begin in; without it the one of each import")
      ->type_name("ROOT");
  app->add_option("--dataset", command->options.dataset, "Only the images of this data set")
      ->type_name("NAME");
  app->add_option("--report", command->options.report, "File for all findings: .jsonl or .parquet")
      ->type_name("FILE");
  app->add_option("--show", command->options.most_kept, "Findings to print")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, int64_t{100'000}))
      ->capture_default_str();
  app->add_option("--threads", command->threads, "Threads; as many as the machine has without it")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  AddJsonOption(app, invocation);
  app->footer(
      "Exit code 1 when an image would end a training run: missing, undecodable, unreadable or\n"
      "outside the root; a wrong extension alone is 0, as trainers look at the bytes.\n"
      "Example:\n"
      "  flywheel pool check --pool P --images images --report findings.jsonl");
  app->callback([invocation, command] {
    invocation->action = [invocation, command] { return Check(*invocation, *command); };
  });
}

}  // namespace flywheel

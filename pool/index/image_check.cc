#include "pool/index/image_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "pool/index/pool_sql.h"

namespace flywheel {
namespace {

// Images that the threads share out among themselves before the next ones are read.
constexpr size_t kImagesAtOnce = 1024;

// Why SampleViewReader rejects a record whose image leads out of the root.
constexpr const char* kLeadsOut = "image_outside_root";

// Data sets whose images lie below one folder.
struct RootGroup {
  std::string root;
  std::vector<size_t> datasets;  // in the manifest
};

struct NamedImage {
  std::string name;
  std::vector<size_t> datasets;  // in the manifest
  int64_t samples = 0;
};

// The different images of a group by name, each with the data sets that have it.
class ImageNamesOfGroup {
 public:
  static Result<ImageNamesOfGroup> Open(const Pool& pool, const RootGroup& group, Duck* duck) {
    FW_ASSIGN(DuckRows rows,
              duck->Query(fmt::format(
                  "SELECT image, list_position([{0}], dataset), count(*) FROM samples WHERE image "
                  "<> '' AND dataset IN ({0}) GROUP BY ALL ORDER BY 1, 2",
                  NamesOf(pool, group))));
    return ImageNamesOfGroup(group.datasets, std::move(rows));
  }

  static Result<int64_t> Count(const Pool& pool, const RootGroup& group, Duck* duck) {
    FW_ASSIGN(DuckRows rows, duck->Query(fmt::format("SELECT count(DISTINCT image) FROM samples "
                                                     "WHERE image <> '' AND dataset IN ({})",
                                                     NamesOf(pool, group))));
    FW_ASSIGN(const bool more, rows.Next());
    return more ? rows.Int(0, 0) : 0;
  }

  // Up to kImagesAtOnce; none at the end.
  Result<std::vector<NamedImage>> Next() {
    std::vector<NamedImage> images;
    while (images.size() < kImagesAtOnce) {
      if (row_ == rows_.rows()) {
        FW_ASSIGN(const bool more, rows_.Next());
        row_ = 0;
        if (!more) {
          if (!open_.name.empty()) images.push_back(std::exchange(open_, {}));
          return images;
        }
      }
      if (rows_.Text(0, row_) != open_.name) {
        if (!open_.name.empty()) images.push_back(std::move(open_));
        open_ = {std::string(rows_.Text(0, row_)), {}, 0};
      }
      open_.datasets.push_back(datasets_[static_cast<size_t>(rows_.Int(1, row_) - 1)]);
      open_.samples += rows_.Int(2, row_);
      ++row_;
    }
    return images;
  }

 private:
  ImageNamesOfGroup(std::vector<size_t> datasets, DuckRows rows)
      : datasets_(std::move(datasets)), rows_(std::move(rows)) {}

  static std::string NamesOf(const Pool& pool, const RootGroup& group) {
    std::vector<std::string> names;
    for (const size_t i : group.datasets)
      names.push_back(SqlText(pool.manifest().datasets[i].name));
    return fmt::format("{}", fmt::join(names, ", "));
  }

  std::vector<size_t> datasets_;
  DuckRows rows_;
  int64_t row_ = 0;
  NamedImage open_;  // more data sets may follow
};

class PoolImageCheck {
 public:
  PoolImageCheck(const ImageCheckOptions& options, const Pool& pool)
      : options_(options), pool_(pool), datasets_(pool.manifest().datasets.size()) {}

  Result<ImageCheckReport> Run() {
    FW_ASSIGN(const std::vector<RootGroup> groups, Groups());
    if (!options_.report.empty()) {
      FW_ASSIGN(writer_, ImageReportWriter::Create(options_.report));
    }
    FW_ASSIGN(Duck duck, OpenPoolSql(pool_, {.threads = options_.threads,
                                             .memory_mib = 512,
                                             .temp_folder = SpillFolder("check")}));
    for (const RootGroup& group : groups) {
      FW_ASSIGN(const int64_t images, ImageNamesOfGroup::Count(pool_, group, &duck));
      total_ += images;
    }
    for (const RootGroup& group : groups) FW_TRY(CheckGroup(group, &duck));
    if (writer_ != nullptr) FW_TRY(writer_->Finish());
    for (size_t i = 0; i < datasets_.size(); ++i) {
      if (datasets_[i].images == 0) continue;
      datasets_[i].name = pool_.manifest().datasets[i].name;
      report_.datasets.push_back(std::move(datasets_[i]));
    }
    return std::move(report_);
  }

 private:
  Result<std::vector<RootGroup>> Groups() {
    std::map<std::string, RootGroup> groups;
    const std::vector<PoolDataset>& all = pool_.manifest().datasets;
    if (!options_.dataset.empty() && pool_.DatasetIndex(options_.dataset) < 0) {
      return NotFound(
          fmt::format("the pool {} has no data set '{}'", pool_.folder(), options_.dataset));
    }
    for (size_t i = 0; i < all.size(); ++i) {
      if (!options_.dataset.empty() && all[i].name != options_.dataset) continue;
      const auto rejected = all[i].rejected.find(kLeadsOut);
      if (rejected != all[i].rejected.end())
        report_.rejected_paths.insert({all[i].name, rejected->second});
      const int64_t with_image = all[i].samples - all[i].text_only;
      if (with_image == 0) continue;
      if (all[i].format == SampleFormat::kParquet) {
        report_.inside_files[all[i].name] = with_image;
        continue;
      }
      const std::string& root =
          options_.images_root.empty() ? all[i].images_root : options_.images_root;
      FW_TRY(CheckRoot(all[i].name, root));
      groups[root].root = root;
      groups[root].datasets.push_back(i);
    }
    std::vector<RootGroup> list;
    list.reserve(groups.size());
    for (auto& [root, group] : groups) list.push_back(std::move(group));
    return list;
  }

  static Status CheckRoot(const std::string& dataset, const std::string& root) {
    if (root.empty()) {
      return FailedPrecondition(fmt::format(
          "{}: it was imported without a folder of images: expected --images ROOT", dataset));
    }
    std::error_code ignored;
    if (std::filesystem::is_directory(root, ignored)) return OkStatus();
    return NotFound(fmt::format("images '{}' of {}: expected a folder", root, dataset));
  }

  Status CheckGroup(const RootGroup& group, Duck* duck) {
    FW_ASSIGN(ImageNamesOfGroup names, ImageNamesOfGroup::Open(pool_, group, duck));
    while (true) {
      FW_ASSIGN(const std::vector<NamedImage> images, names.Next());
      if (images.empty()) return OkStatus();
      stopped_ = options_.should_stop();
      const auto findings = CheckFiles(group.root, images);
      if (stopped_) return CancelledError("stopped: not all images were looked at");
      for (size_t i = 0; i < images.size(); ++i) FW_TRY(Take(group, images[i], findings[i]));
      options_.progress({report_.images, total_});
    }
  }

  using Findings = std::vector<std::optional<ImageFinding>>;

  // One answer for each image. This thread works, too, and is the one that calls the hooks.
  Findings CheckFiles(const std::string& root, const std::vector<NamedImage>& images) {
    Findings findings(images.size());
    std::atomic<size_t> next = 0;
    const auto check_one = [&] {
      const size_t i = next++;
      if (i >= images.size() || stopped_) return false;
      findings[i] = CheckImageFile(root, images[i].name);
      return true;
    };
    std::vector<std::thread> threads;
    const auto others = std::min<size_t>(std::max(options_.threads, 1), images.size()) - 1;
    for (size_t i = 0; i < others; ++i) {
      threads.emplace_back([&check_one] {
        while (check_one()) {
        }
      });
    }
    while (check_one()) {
      options_.progress(
          {report_.images + static_cast<int64_t>(std::min(next.load(), images.size())), total_});
      if (options_.should_stop()) stopped_ = true;
    }
    for (std::thread& thread : threads) thread.join();
    return findings;
  }

  Status Take(const RootGroup& group, const NamedImage& image,
              const std::optional<ImageFinding>& finding) {
    ++report_.images;
    for (const size_t dataset : image.datasets) ++datasets_[dataset].images;
    if (!finding) return OkStatus();
    ++report_.problems[finding->problem];
    PoolImageFinding found{image.name, finding->problem, finding->message, {}, image.samples};
    for (const size_t dataset : image.datasets) {
      ++datasets_[dataset].problems[finding->problem];
      found.datasets.push_back(pool_.manifest().datasets[dataset].name);
    }
    if (finding->problem == ImageProblem::kMissing) TakeFolder(group.root, found);
    if (writer_ != nullptr) FW_TRY(writer_->Add(found));
    if (report_.findings.size() < options_.most_kept) report_.findings.push_back(std::move(found));
    return OkStatus();
  }

  // Images come by name, so that those of one folder follow each other.
  void TakeFolder(const std::string& root, const PoolImageFinding& found) {
    const size_t slash = found.image.find('/');
    if (slash == std::string::npos) return;
    const std::string path = fmt::format("{}/{}", root, found.image.substr(0, slash));
    if (!report_.missing_folders.empty() && report_.missing_folders.back().path == path) {
      ++report_.missing_folders.back().images;
      return;
    }
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return;
    if (report_.missing_folders.size() == kMostMissingFolders) return;
    report_.missing_folders.push_back({path, 1, found.message});
  }

  const ImageCheckOptions& options_;
  const Pool& pool_;
  ImageCheckReport report_;
  std::vector<DatasetImages> datasets_;  // as in the manifest
  std::unique_ptr<ImageReportWriter> writer_;
  int64_t total_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

bool StopsTraining(ImageProblem problem) { return problem != ImageProblem::kWrongExtension; }

bool ImageCheckReport::StopsTraining() const {
  return std::any_of(problems.begin(), problems.end(), [](const auto& entry) {
    return entry.second > 0 && flywheel::StopsTraining(entry.first);
  });
}

Result<ImageCheckReport> CheckPoolImages(const ImageCheckOptions& options, const Pool& pool) {
  return PoolImageCheck(options, pool).Run();
}

}  // namespace flywheel

#include "pool/index/image_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "pool/formats/staged_file.h"
#include "pool/index/part_writer.h"
#include "pool/sql/duck.h"

namespace flywheel {
namespace {

using nlohmann::json;

class LinesReport : public ImageReportWriter {
 public:
  explicit LinesReport(StagedFile file) : file_(std::move(file)) {}

  Status Add(const PoolImageFinding& finding) override {
    const json line = {{"image", ToValidUtf8(finding.image)},
                       {"problem", ImageProblemName(finding.problem)},
                       {"message", ToValidUtf8(finding.message)},
                       {"datasets", finding.datasets},
                       {"samples", finding.samples}};
    return file_.Append(CanonicalJson(line) + "\n");
  }
  Status Finish() override { return file_.Commit(Durability::kPowerCut); }

 private:
  StagedFile file_;
};

// Rows wait in a table of DuckDB's, which spills when there are millions.
class ParquetReport : public ImageReportWriter {
 public:
  ParquetReport(std::string path, Duck duck) : path_(std::move(path)), duck_(std::move(duck)) {}

  Status Add(const PoolImageFinding& finding) override {
    images_.push_back(ToValidUtf8(finding.image));
    problems_.emplace_back(ImageProblemName(finding.problem));
    messages_.push_back(ToValidUtf8(finding.message));
    datasets_.push_back(json(finding.datasets).dump());
    samples_.push_back(finding.samples);
    return samples_.size() < kRowsAtOnce ? OkStatus() : Flush();
  }

  Status Finish() override {
    const std::string temporary = fmt::format("{}.tmp.{}", path_, ::getpid());
    Status status = Write(temporary);
    if (!status.ok()) ::unlink(temporary.c_str());
    return status;
  }

  // Also makes the table, with no row.
  Status Flush() {
    const auto views = [](const std::vector<std::string>& texts) {
      return std::vector<std::string_view>(texts.begin(), texts.end());
    };
    const auto images = views(images_);
    const auto messages = views(messages_);
    const auto datasets = views(datasets_);
    const std::vector<DuckColumn> columns = {
        {"image", std::span<const std::string_view>(images)},
        {"problem", std::span<const std::string_view>(problems_)},
        {"message", std::span<const std::string_view>(messages)},
        {"datasets", std::span<const std::string_view>(datasets)},
        {"samples", std::span<const int64_t>(samples_)}};
    FW_TRY(has_table_ ? duck_.Append("findings", columns) : duck_.CreateTable("findings", columns));
    has_table_ = true;
    images_.clear();
    problems_.clear();
    messages_.clear();
    datasets_.clear();
    samples_.clear();
    return OkStatus();
  }

 private:
  static constexpr size_t kRowsAtOnce = 2048;

  Status Write(const std::string& temporary) {
    FW_TRY(Flush());
    FW_TRY(duck_.Run(
        fmt::format("COPY (SELECT image, problem, message, from_json(datasets, '[\"VARCHAR\"]') AS "
                    "datasets, samples FROM findings) TO {} (FORMAT parquet, COMPRESSION zstd)",
                    SqlText(temporary))));
    FW_TRY(SyncWrittenFile(temporary));
    if (DiskRename(temporary, path_) != 0) return ErrnoStatus(errno, "rename to", path_);
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    return SyncDirectory(folder.empty() ? "." : folder);
  }

  std::string path_;
  Duck duck_;
  bool has_table_ = false;
  std::vector<std::string> images_;
  std::vector<std::string_view> problems_;  // of names that live for ever
  std::vector<std::string> messages_;
  std::vector<std::string> datasets_;
  std::vector<int64_t> samples_;
};

}  // namespace

Result<std::unique_ptr<ImageReportWriter>> ImageReportWriter::Create(const std::string& path) {
  const std::filesystem::path name(path);
  if (name.extension() != ".jsonl" && name.extension() != ".parquet") {
    return InvalidArgument(
        fmt::format("report '{}': expected a name that ends in .jsonl or .parquet", path));
  }
  if (name.has_parent_path()) FW_TRY(MakeDirectories(name.parent_path().string()));
  std::unique_ptr<ImageReportWriter> report;
  if (name.extension() == ".jsonl") {
    FW_ASSIGN(StagedFile file, StagedFile::Create(path));
    report = std::make_unique<LinesReport>(std::move(file));
  } else {
    FW_ASSIGN(Duck duck,
              Duck::Open({.threads = 1, .memory_mib = 256, .temp_folder = SpillFolder("report")}));
    auto parquet = std::make_unique<ParquetReport>(path, std::move(duck));
    FW_TRY(parquet->Flush());
    report = std::move(parquet);
  }
  return report;
}

std::string SpillFolder(std::string_view purpose) {
  std::error_code none;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(none);
  return fmt::format("{}/flywheel-{}-{}", none ? "/tmp" : folder.string(), purpose, ::getpid());
}

}  // namespace flywheel

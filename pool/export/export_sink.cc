#include "pool/export/export_sink.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/io/disk_calls.h"
#include "base/io/files.h"
#include "pool/formats/engine_format.h"
#include "pool/formats/llava_row.h"
#include "pool/formats/record_writer.h"
#include "pool/formats/staged_file.h"
#include "pool/index/part_writer.h"
#include "pool/sql/duck.h"

namespace flywheel {
namespace {

class RecordSink : public ExportSink {
 public:
  explicit RecordSink(RecordFileWriter writer) : writer_(std::move(writer)) {}
  Status Write(const ExportedRecord& record) override { return writer_.Write(record.json); }
  Status Finish() override { return writer_.Finish(); }

 private:
  RecordFileWriter writer_;
};

class LineSink : public ExportSink {
 public:
  explicit LineSink(StagedFile file) : file_(std::move(file)) {}
  Status Finish() override { return file_.Commit(Durability::kPowerCut); }

 protected:
  StagedFile file_;
};

class IdSink : public LineSink {
 public:
  using LineSink::LineSink;
  Status Write(const ExportedRecord& record) override {
    return file_.Append(fmt::format("{}\n", record.name));
  }
};

class EngineSink : public LineSink {
 public:
  using LineSink::LineSink;
  Status Write(const ExportedRecord& record) override {
    FW_ASSIGN(const LlavaRow row, ParseLlavaRow(record.json));
    Result<std::vector<EngineSample>> samples = EngineSamplesFromRow(row);
    FW_TRY(samples.status().WithContext(fmt::format("sample '{}'", record.name)));
    for (const EngineSample& sample : *samples) {
      FW_TRY(file_.Append(FormatEngineSample(sample) + "\n"));
    }
    return OkStatus();
  }
};

// Files of a row group each in a folder, which gets its name when all are there.
class ParquetSink : public ExportSink {
 public:
  ParquetSink(Duck duck, std::string out)
      : duck_(std::move(duck)), out_(std::move(out)), work_(out_ + ".tmp") {}

  Status Prepare() {
    std::error_code error;
    if (std::filesystem::exists(out_, error)) {
      return AlreadyExists(fmt::format("{}: is there already; expected a new folder", out_));
    }
    std::filesystem::remove_all(work_, error);
    return MakeDirectories(work_);
  }

  Status Write(const ExportedRecord& record) override {
    FW_ASSIGN(LlavaRow row, ParseLlavaRow(record.json));
    nlohmann::json turns = nlohmann::json::array();
    for (const LlavaTurn& turn : row.conversations) {
      turns.push_back({{"from", turn.from}, {"value", turn.value}});
    }
    ids_.push_back(std::move(row.id));
    images_.push_back(std::move(row.image));
    conversations_.push_back(turns.dump());
    others_.push_back(row.other.dump());
    return ids_.size() < kRowGroup ? OkStatus() : Flush();
  }

  Status Finish() override {
    if (!ids_.empty() || files_ == 0) FW_TRY(Flush());
    FW_TRY(SyncDirectory(work_));
    return DiskRename(work_, out_) == 0 ? OkStatus() : ErrnoStatus(errno, "rename", work_);
  }

 private:
  static constexpr size_t kRowGroup = 122'880;

  Status Flush() {
    const auto views = [](const std::vector<std::string>& texts) {
      return std::vector<std::string_view>(texts.begin(), texts.end());
    };
    const auto ids = views(ids_);
    const auto images = views(images_);
    const auto conversations = views(conversations_);
    const auto others = views(others_);
    using Texts = std::span<const std::string_view>;
    const std::vector<DuckColumn> columns = {{"id", Texts(ids)},
                                             {"image", Texts(images)},
                                             {"conversations", Texts(conversations)},
                                             {"other", Texts(others)}};
    const std::string path = PartPath(work_, files_++, ".parquet");
    FW_TRY(duck_.WriteParquetAs(
        "id, nullif(image, '') AS image, from_json(conversations, '[{\"from\":\"VARCHAR\","
        "\"value\":\"VARCHAR\"}]') AS conversations, nullif(other, '{}') AS other",
        columns, path));
    for (auto* texts : {&ids_, &images_, &conversations_, &others_}) texts->clear();
    return SyncWrittenFile(path);
  }

  Duck duck_;
  std::string out_;
  std::string work_;
  int64_t files_ = 0;
  std::vector<std::string> ids_;
  std::vector<std::string> images_;
  std::vector<std::string> conversations_;
  std::vector<std::string> others_;
};

Result<std::unique_ptr<ExportSink>> OpenRecords(const std::string& out, RecordFileForm form) {
  FW_ASSIGN(RecordFileWriter writer, RecordFileWriter::Create(out, form));
  return std::unique_ptr<ExportSink>(std::make_unique<RecordSink>(std::move(writer)));
}

}  // namespace

Result<std::unique_ptr<ExportSink>> OpenExportSink(ExportFormat format, const std::string& out) {
  switch (format) {
    case ExportFormat::kLlava:
      return OpenRecords(out, RecordFileForm::kArray);
    case ExportFormat::kLines:
      return OpenRecords(out, RecordFileForm::kLines);
    case ExportFormat::kDataOptim:
      return OpenRecords(out, RecordFileForm::kPythonList);
    case ExportFormat::kIds: {
      FW_ASSIGN(StagedFile file, StagedFile::Create(out));
      return std::unique_ptr<ExportSink>(std::make_unique<IdSink>(std::move(file)));
    }
    case ExportFormat::kEngine: {
      FW_ASSIGN(StagedFile file, StagedFile::Create(out));
      return std::unique_ptr<ExportSink>(std::make_unique<EngineSink>(std::move(file)));
    }
    case ExportFormat::kParquet: {
      FW_ASSIGN(Duck duck, Duck::Open({.threads = 1, .memory_mib = 1024, .temp_folder = ""}));
      auto sink = std::make_unique<ParquetSink>(std::move(duck), out);
      FW_TRY(sink->Prepare());
      return std::unique_ptr<ExportSink>(std::move(sink));
    }
  }
  return Internal("an export format that nobody writes");
}

}  // namespace flywheel

#include "pool/index/dataset_import.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/io/file_digest.h"
#include "base/io/files.h"
#include "pool/formats/record_blocks.h"
#include "pool/index/import_state.h"
#include "pool/index/location_writer.h"
#include "pool/index/parquet_batcher.h"
#include "pool/index/part_pipeline.h"

namespace flywheel {
namespace {

class DatasetImport {
 public:
  DatasetImport(const DatasetSource& source, const std::string& folder,
                const ImportOptions& options)
      : source_(source), folder_(folder), options_(options) {}

  Result<PoolDataset> Run(const std::string& relative);

 private:
  Status StartPipeline();
  Status ReadRecords(size_t file);
  Status PushBlocks(size_t file, RecordBlockReader* reader);
  Status ReadParquet(size_t file);
  Status PushRows(size_t file, int64_t* rows);
  Status CheckStop() const;
  Status Push(PartWork work);
  Status CheckRejects() const;
  void Report(int64_t bytes_of_file);
  Result<PoolDataset> Describe(const std::string& relative);

  const DatasetSource& source_;
  const std::string& folder_;
  const ImportOptions& options_;
  std::optional<ImportState> state_;
  std::optional<PartPipeline> pipeline_;
  int64_t parts_ = 0;       // pushed or there already
  int64_t bytes_done_ = 0;  // of files that are done
  int64_t total_bytes_ = 0;
};

Status DatasetImport::StartPipeline() {
  FW_ASSIGN(ImportState state, ImportState::Open(source_, folder_, options_));
  state_.emplace(std::move(state));
  for (const PoolFile& file : state_->files()) total_bytes_ += file.size;
  parts_ = static_cast<int64_t>(state_->parts().size());
  FW_ASSIGN(PartPipeline pipeline, PartPipeline::Start({.folder = folder_,
                                                        .dataset = source_.name,
                                                        .category = source_.category,
                                                        .format = source_.format,
                                                        .threads = options_.threads,
                                                        .first_sequence = parts_,
                                                        .first_row = state_->rows()}));
  pipeline_.emplace(std::move(pipeline));
  return OkStatus();
}

void DatasetImport::Report(int64_t bytes_of_file) {
  options_.hooks.progress({.dataset = source_.name,
                           .bytes = bytes_done_ + bytes_of_file,
                           .total_bytes = total_bytes_,
                           .samples = state_->rows() + pipeline_->accepted(),
                           .rejected = state_->rejected() + pipeline_->rejected()});
}

Status DatasetImport::CheckRejects() const {
  if (options_.rejects == RejectPolicy::kCount || pipeline_->rejected() == 0) return OkStatus();
  return InvalidArgument(pipeline_->first_rejected());
}

Status DatasetImport::Push(PartWork work) {
  FW_TRY(CheckRejects());
  FW_TRY(pipeline_->Push(std::move(work)));
  ++parts_;
  return OkStatus();
}

Status DatasetImport::PushBlocks(size_t file, RecordBlockReader* reader) {
  while (true) {
    FW_TRY(CheckStop());
    RecordBlock block = pipeline_->TakeSpare().value_or(RecordBlock{});
    FW_ASSIGN(const bool more, reader->Next(&block));
    if (!more) return OkStatus();
    FW_TRY(Push({.file = static_cast<int32_t>(file),
                 .file_path = source_.files[file],
                 .end = reader->resume_position(),
                 .samples = std::move(block)}));
    Report(reader->resume_position().offset);
  }
}

Status DatasetImport::CheckStop() const {
  if (!options_.hooks.should_stop()) return OkStatus();
  return CancelledError(
      fmt::format("{}: stopped; the same import goes on from here", source_.name));
}

Status DatasetImport::ReadRecords(size_t file) {
  const std::string& path = source_.files[file];
  FW_ASSIGN(RecordBlockReader reader, RecordBlockReader::Open(path, options_.limits));
  if (const auto position = state_->PositionIn(file)) FW_TRY(reader.SkipTo(*position));
  const Status pushed = PushBlocks(file, &reader);
  // What looks like bad data in a file that changes is the change.
  if (pushed.code() != StatusCode::kCancelled) FW_TRY(reader.CheckUnchanged());
  FW_TRY(pushed);
  PoolFile read = state_->files()[file];
  if (read.size != reader.size() || read.changed_ns != reader.changed_ns()) {
    return FailedPrecondition(fmt::format("{}: changed while it was read; import it again", path));
  }
  read.sha256 = reader.FinishDigest();
  read.records = reader.records();
  return state_->MarkRead(file, read, parts_);
}

// Rows come one by one; a part is as many as a row group has.
Status DatasetImport::PushRows(size_t file, int64_t* rows) {
  const std::string& path = source_.files[file];
  const RecordPosition begin = state_->PositionIn(file).value_or(RecordPosition{});
  FW_ASSIGN(Duck duck, Duck::Open({.threads = 1, .memory_mib = 256, .temp_folder = ""}));
  ParquetBatcher batcher(source_.name, path, options_.limits.block_records);
  const auto push = [&](int64_t end) -> Status {
    FW_TRY(CheckStop());
    FW_TRY(Push({.file = static_cast<int32_t>(file),
                 .file_path = path,
                 .end = {end, end + 1},
                 .samples = batcher.Take()}));
    Report(0);
    return OkStatus();
  };
  FW_TRY(ForEachParquetSample(duck, path, [&](const ParquetSample& sample) -> Status {
           *rows = sample.row + 1;
           if (sample.row < begin.offset) return OkStatus();
           batcher.Add(sample);
           return batcher.IsFull() ? push(sample.row + 1) : OkStatus();
         }).status());
  return batcher.IsEmpty() ? OkStatus() : push(*rows);
}

Status DatasetImport::ReadParquet(size_t file) {
  PoolFile read = state_->files()[file];
  FW_TRY(PushRows(file, &read.records));
  FW_ASSIGN(const FileDigest digest, DigestOfFile(read.path));
  FW_ASSIGN(const PoolFile now, StatPoolFile(read.path));
  if (now.size != read.size || now.changed_ns != read.changed_ns) {
    return FailedPrecondition(
        fmt::format("{}: changed while it was read; import it again", read.path));
  }
  read.sha256 = digest.digest;
  return state_->MarkRead(file, read, parts_);
}

Result<PoolDataset> DatasetImport::Describe(const std::string& relative) {
  PoolDataset dataset;
  dataset.name = source_.name;
  dataset.category = source_.category;
  dataset.format = source_.format;
  dataset.folder = relative;
  dataset.images_root = source_.images_root;
  dataset.files = state_->files();
  std::vector<std::string> runs;
  for (int64_t i = 0; i < parts_; ++i) {
    FW_ASSIGN(const PartMarker marker, ReadPartMarker(folder_, i));
    dataset.parts.push_back(
        {.columns = PartPath(relative, i, ".parquet"),
         .rejects = marker.rejected.empty() ? "" : PartPath(relative, i, ".rejects.parquet"),
         .rows = marker.rows});
    dataset.samples += marker.rows;
    dataset.text_only += marker.text_only;
    for (const auto& [reason, count] : marker.rejected) dataset.rejected[reason] += count;
    runs.push_back(PartPath(folder_, i, ".rows"));
  }
  FW_ASSIGN(const LocationTotals totals,
            WriteLocationFile(runs, fmt::format("{}/{}", folder_, kPoolIndex)));
  dataset.repeated_ids = totals.repeated_ids;
  return dataset;
}

Result<PoolDataset> DatasetImport::Run(const std::string& relative) {
  FW_TRY(StartPipeline());
  for (size_t file = 0; file < source_.files.size(); ++file) {
    if (!state_->IsDone(file)) {
      FW_TRY(source_.format == SampleFormat::kParquet ? ReadParquet(file) : ReadRecords(file));
    }
    bytes_done_ += state_->files()[file].size;
    Report(0);
  }
  FW_TRY(pipeline_->Finish());
  FW_TRY(CheckRejects());
  return Describe(relative);
}

}  // namespace

Result<PoolFile> StatPoolFile(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "stat", path);
  if (!S_ISREG(info.st_mode)) {
    return InvalidArgument(fmt::format("{}: expected a file, found something else", path));
  }
  PoolFile file;
  file.path = path;
  file.size = info.st_size;
  file.changed_ns = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return file;
}

Result<PoolDataset> ImportDataset(const DatasetSource& source, const std::string& folder,
                                  const std::string& relative, const ImportOptions& options) {
  FW_CHECK(!source.files.empty(), "a data set of files");
  return DatasetImport(source, folder, options).Run(relative);
}

Status RemoveImportState(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string extension = entry.path().extension();
    const bool is_left = extension == ".rows" || extension == ".json";
    if (is_left && !std::filesystem::remove(entry.path(), error) && error) break;
  }
  if (error) return ErrnoStatus(error.value(), "clean", folder);
  // Those of imports that were killed.
  return RemoveTemporaries(folder);
}

}  // namespace flywheel

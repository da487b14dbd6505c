#include "pool/export/pack_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/files.h"
#include "pool/index/part_writer.h"
#include "pool/sql/duck.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

// The layout of LLaVA-NeXT-Data: a row of text has no image at all, not one without bytes.
constexpr const char* kColumns =
    R"(id, from_json(turns, '[{"from":"VARCHAR","value":"VARCHAR"}]') AS conversations, )"
    R"(data_source, CASE WHEN has_image THEN {'bytes': bytes, 'path': nullif(path, '')} END )"
    R"(AS image)";

// DuckDB holds the rows of a group and their pages beside the shard.
DuckLimits LimitsFor(int64_t shard_bytes) {
  return {.threads = 1, .memory_mib = 512 + 4 * (shard_bytes >> 20), .temp_folder = ""};
}

// A shard as columns: views of its rows.
struct ShardColumns {
  explicit ShardColumns(const std::vector<PackRow>& rows) {
    for (const PackRow& row : rows) {
      ids.push_back(row.id);
      turns.push_back(row.conversations);
      sources.push_back(row.data_source);
      has_image.push_back(row.has_image() ? 1 : 0);
      images.push_back(row.image);
      paths.push_back(row.image_path);
    }
  }

  std::vector<DuckColumn> Columns() const {
    using Texts = std::span<const std::string_view>;
    return {{"id", Texts(ids)},
            {"turns", Texts(turns)},
            {"data_source", Texts(sources)},
            {"has_image", std::span<const uint8_t>(has_image)},
            {"bytes", DuckBlobs{images}},
            {"path", Texts(paths)}};
  }

  std::vector<std::string_view> ids, turns, sources, images, paths;
  std::vector<uint8_t> has_image;
};

Status CheckFree(const std::string& out) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(out, error);
  if (!fs::exists(status)) return OkStatus();
  if (fs::is_directory(status) && fs::is_empty(out, error) && !error) return OkStatus();
  return AlreadyExists(
      fmt::format("{}: is there already: expected the name of a new or empty folder", out));
}

// Everything in the folder, but not the folder itself, which is locked.
Status Empty(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder, error)) old.push_back(entry.path());
  for (const fs::path& path : old) {
    if (!error) fs::remove_all(path, error);
  }
  return error ? ErrnoStatus(error.value(), "empty", folder) : OkStatus();
}

}  // namespace

PackWriter::PackWriter(std::string out, int64_t shard_bytes)
    : out_(std::move(out)), work_(out_ + ".packing"), shard_bytes_(shard_bytes) {}

Result<PackWriter> PackWriter::Create(const std::string& out, int64_t shard_bytes) {
  std::string name = out;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  FW_TRY(CheckFree(name));
  PackWriter writer(name, shard_bytes);
  FW_TRY(MakeDirectories(writer.work_));
  FileDescriptor folder(::open(writer.work_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return ErrnoStatus(errno, "open", writer.work_);
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus(errno, "lock", writer.work_);
    return FailedPrecondition(fmt::format("{}: another process is packing there", writer.work_));
  }
  FW_TRY(Empty(writer.work_));
  writer.lock_ = std::move(folder);
  return writer;
}

PackWriter::~PackWriter() {
  if (lock_.get() < 0) return;
  std::error_code ignored;
  fs::remove_all(work_, ignored);
}

Status PackWriter::Add(PackRow row) {
  const int64_t bytes = row.bytes();
  if (!rows_.empty() && bytes_ + bytes > shard_bytes_) FW_TRY(WriteShard());
  bytes_ += bytes;
  rows_.push_back(std::move(row));
  return OkStatus();
}

// Its name is a number until it is known how many there are.
Status PackWriter::WriteShard() {
  const std::string path = fmt::format("{}/{}", work_, shards_.size());
  // A single row may be larger than a shard.
  FW_ASSIGN(Duck duck, Duck::Open(LimitsFor(std::max(shard_bytes_, bytes_))));
  FW_TRY(duck.WriteParquetAs(kColumns, ShardColumns(rows_).Columns(), path));
  FW_TRY(SyncWrittenFile(path));
  std::error_code error;
  const auto size = static_cast<int64_t>(fs::file_size(path, error));
  if (error) return ErrnoStatus(error.value(), "read the size of", path);
  shards_.push_back({"", static_cast<int64_t>(rows_.size()), size});
  rows_.clear();
  bytes_ = 0;
  return OkStatus();
}

Result<std::vector<PackedShard>> PackWriter::Finish() {
  if (!rows_.empty()) FW_TRY(WriteShard());
  if (shards_.empty()) {
    return FailedPrecondition(fmt::format("{}: no sample is left to pack", out_));
  }
  for (size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].name = fmt::format("train-{:05}-of-{:05}.parquet", i, shards_.size());
    const std::string from = fmt::format("{}/{}", work_, i);
    const std::string to = fmt::format("{}/{}", work_, shards_[i].name);
    if (DiskRename(from, to) != 0) return ErrnoStatus(errno, "rename", from);
  }
  FW_TRY(SyncDirectory(work_));
  FW_TRY(CheckFree(out_));
  if (DiskRename(work_, out_) != 0) return ErrnoStatus(errno, "rename to", out_);
  lock_ = FileDescriptor();
  const std::string parent = fs::path(out_).parent_path().string();
  FW_TRY(SyncDirectory(parent.empty() ? "." : parent));
  return std::move(shards_);
}

}  // namespace flywheel

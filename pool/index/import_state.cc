#include "pool/index/import_state.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {
namespace {

using nlohmann::json;

std::string FileMarkerPath(const std::string& folder, size_t file) {
  return fmt::format("{}/file-{:05}.json", folder, file);
}

// All that the parts depend on. A later version that cuts files differently changes `layout`.
std::string DescriptionOf(const DatasetSource& source, const std::vector<PoolFile>& files,
                          const RecordLimits& limits) {
  json listed = json::array();
  for (const PoolFile& file : files) {
    listed.push_back({{"path", file.path}, {"size", file.size}, {"changed_ns", file.changed_ns}});
  }
  return CanonicalJson({{"layout", 2},
                        {"block_bytes", limits.block_bytes},
                        {"block_records", limits.block_records},
                        {"record_bytes", limits.record_bytes},
                        {"name", source.name},
                        {"category", source.category},
                        {"format", SampleFormatName(source.format)},
                        {"files", std::move(listed)}});
}

Status Empty(const std::string& folder) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error) return ErrnoStatus(error.value(), "remove", folder);
  return MakeDirectories(folder);
}

}  // namespace

int64_t ImportState::rows() const {
  int64_t rows = 0;
  for (const PartMarker& part : parts_) rows += part.rows;
  return rows;
}

int64_t ImportState::rejected() const {
  int64_t rejected = 0;
  for (const PartMarker& part : parts_) rejected += part.rejects();
  return rejected;
}

std::optional<RecordPosition> ImportState::PositionIn(size_t file) const {
  if (parts_.empty() || parts_.back().file != static_cast<int32_t>(file)) return std::nullopt;
  return parts_.back().end;
}

Status ImportState::ReadMarkers() {
  while (true) {
    Result<PartMarker> marker = ReadPartMarker(folder_, static_cast<int64_t>(parts_.size()));
    if (marker.status().code() == StatusCode::kNotFound) break;
    FW_TRY(marker.status());
    parts_.push_back(*std::move(marker));
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    Result<json> value = ReadJsonFile(FileMarkerPath(folder_, i));
    if (value.status().code() == StatusCode::kNotFound) continue;
    FW_TRY(value.status());
    JsonObjectReader reader(*value, FileMarkerPath(folder_, i));
    int64_t parts = 0;
    PoolFile file = files_[i];
    reader.Required("parts", &parts);
    reader.Required("sha256", &file.sha256);
    reader.Required("records", &file.records);
    FW_TRY(reader.Finish());
    if (parts <= static_cast<int64_t>(parts_.size())) files_[i] = file;
  }
  return OkStatus();
}

Status ImportState::Begin(const std::string& description) {
  parts_.clear();
  for (PoolFile& file : files_) file.sha256.clear();
  FW_TRY(Empty(folder_));
  return WriteFileAtomic(folder_ + "/import.json", description);
}

Result<ImportState> ImportState::Open(const DatasetSource& source, const std::string& folder,
                                      const ImportOptions& options) {
  ImportState state(folder);
  for (const std::string& path : source.files) {
    FW_ASSIGN(PoolFile file, StatPoolFile(path));
    if (file.size >= kMostBytesOfFile) {
      return OutOfRange(fmt::format("{}: is larger than 256 TiB", path));
    }
    state.files_.push_back(std::move(file));
  }
  const std::string wanted = DescriptionOf(source, state.files_, options.limits);
  const Result<std::string> found = ReadFile(folder + "/import.json");
  if (!found.ok() || *found != wanted) {
    FW_TRY(state.Begin(wanted));
    return state;
  }
  FW_TRY(state.ReadMarkers());
  // A strict import has to meet the rejected record again to say which it is.
  if (options.rejects == RejectPolicy::kFail && state.rejected() > 0) FW_TRY(state.Begin(wanted));
  return state;
}

Status ImportState::MarkRead(size_t file, const PoolFile& read, int64_t parts_so_far) {
  files_[file] = read;
  return WriteFileAtomic(
      FileMarkerPath(folder_, file),
      CanonicalJson({{"parts", parts_so_far}, {"sha256", read.sha256}, {"records", read.records}}));
}

}  // namespace flywheel

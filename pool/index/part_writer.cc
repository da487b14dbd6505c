#include "pool/index/part_writer.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/io/disk_calls.h"
#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "pool/index/location_writer.h"

namespace flywheel {
namespace {

using nlohmann::json;

template <typename T>
std::span<const T> All(const std::vector<T>& values) {
  return {values.data(), values.size()};
}

// The columns that people query; pool/README.md describes them.
Status WriteColumns(const PartPlace& place, const SampleBatch& batch, Duck* duck) {
  const size_t n = batch.size();
  const std::vector<std::string_view> datasets(n, place.dataset);
  const std::vector<std::string_view> categories(n, place.category);
  const std::vector<int32_t> files(n, place.file);
  std::vector<uint32_t> rows(n);
  for (size_t i = 0; i < n; ++i) rows[i] = static_cast<uint32_t>(place.first_row + int64_t(i));
  const std::vector<DuckColumn> columns = {{"dataset", All(datasets)},
                                           {"category", All(categories)},
                                           {"row", All(rows)},
                                           {"id", All(batch.ids)},
                                           {"image", All(batch.images)},
                                           {"turns", All(batch.turns)},
                                           {"words", All(batch.words)},
                                           {"has_box", All(batch.has_box)},
                                           {"options", All(batch.options)},
                                           {"content_hash", All(batch.content_hashes)},
                                           {"file", All(files)},
                                           {"position", All(batch.offsets)},
                                           {"length", All(batch.lengths)}};
  const std::string path = PartPath(place.folder, place.sequence, ".parquet");
  FW_TRY(duck->WriteParquet(columns, path));
  return SyncWrittenFile(path);
}

Status WriteRejects(const PartPlace& place, const SampleBatch& batch, Duck* duck) {
  const size_t n = batch.rejected.size();
  if (n == 0) return OkStatus();
  const std::vector<std::string_view> datasets(n, place.dataset);
  const std::vector<std::string_view> files(n, place.file_path);
  std::vector<int64_t> positions;
  std::vector<int64_t> numbers;
  std::vector<std::string_view> reasons;
  std::vector<std::string> safe_messages;
  for (const RejectedRecord& record : batch.rejected) {
    positions.push_back(record.offset);
    numbers.push_back(record.number);
    reasons.emplace_back(record.reason);
    safe_messages.push_back(ToValidUtf8(record.message));
  }
  const std::vector<std::string_view> messages(safe_messages.begin(), safe_messages.end());
  const std::vector<DuckColumn> columns = {
      {"dataset", All(datasets)}, {"file", All(files)},     {"position", All(positions)},
      {"record", All(numbers)},   {"reason", All(reasons)}, {"message", All(messages)}};
  const std::string path = PartPath(place.folder, place.sequence, ".rejects.parquet");
  FW_TRY(duck->WriteParquet(columns, path));
  return SyncWrittenFile(path);
}

Status WriteRows(const PartPlace& place, const SampleBatch& batch) {
  LocationRun run;
  run.locations.reserve(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    run.locations.push_back({place.file, batch.offsets[i], batch.lengths[i]});
  }
  run.id_hashes = batch.id_hashes;
  return WriteLocationRun(PartPath(place.folder, place.sequence, ".rows"), run);
}

}  // namespace

Status SyncWrittenFile(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus(errno, "open", path);
  return DiskSync(file.get()) == 0 ? OkStatus() : ErrnoStatus(errno, "sync", path);
}

int64_t PartMarker::rejects() const {
  int64_t count = 0;
  for (const auto& [reason, records] : rejected) count += records;
  return count;
}

std::string PartPath(const std::string& folder, int64_t sequence, std::string_view ending) {
  return fmt::format("{}/part-{:05}{}", folder, sequence, ending);
}

Result<PartMarker> WritePart(const PartPlace& place, const SampleBatch& batch,
                             const RecordPosition& end, Duck* duck) {
  FW_TRY(WriteColumns(place, batch, duck));
  FW_TRY(WriteRejects(place, batch, duck));
  FW_TRY(WriteRows(place, batch));
  PartMarker marker;
  marker.file = place.file;
  marker.rows = static_cast<int64_t>(batch.size());
  for (const std::string_view image : batch.images) marker.text_only += image.empty() ? 1 : 0;
  for (const RejectedRecord& record : batch.rejected) ++marker.rejected[record.reason];
  marker.end = end;
  const json value = {{"file", marker.file},           {"rows", marker.rows},
                      {"text_only", marker.text_only}, {"rejected", marker.rejected},
                      {"offset", end.offset},          {"number", end.number}};
  FW_TRY(WriteFileAtomic(PartPath(place.folder, place.sequence, ".json"), CanonicalJson(value)));
  return marker;
}

Result<PartMarker> ReadPartMarker(const std::string& folder, int64_t sequence) {
  const std::string path = PartPath(folder, sequence, ".json");
  FW_ASSIGN(const json value, ReadJsonFile(path));
  JsonObjectReader reader(value, path);
  PartMarker marker;
  json rejected = json::object();
  reader.Required("file", &marker.file);
  reader.Required("rows", &marker.rows);
  reader.Required("text_only", &marker.text_only);
  reader.Required("rejected", &rejected);
  reader.Required("offset", &marker.end.offset);
  reader.Required("number", &marker.end.number);
  FW_TRY(reader.Finish());
  for (const auto& [reason, count] : rejected.items()) {
    marker.rejected[reason] = count.get<int64_t>();
  }
  return marker;
}

}  // namespace flywheel

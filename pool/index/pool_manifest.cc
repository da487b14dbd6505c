#include "pool/index/pool_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

Result<SampleFormat> FormatFromName(std::string_view name) {
  for (const SampleFormat format : {SampleFormat::kLlava, SampleFormat::kShareGpt,
                                    SampleFormat::kEngine, SampleFormat::kParquet}) {
    if (SampleFormatName(format) == name) return format;
  }
  return InvalidArgument(
      fmt::format("format: expected that of a pool's samples, found '{}'", name));
}

json ToJson(const PoolFile& file) {
  return {{"path", file.path},
          {"size", file.size},
          {"changed_ns", file.changed_ns},
          {"sha256", file.sha256},
          {"records", file.records}};
}

json ToJson(const PoolPart& part) {
  return {{"columns", part.columns}, {"rejects", part.rejects}, {"rows", part.rows}};
}

json ToJson(const PoolDataset& dataset) {
  json files = json::array();
  for (const PoolFile& file : dataset.files) files.push_back(ToJson(file));
  json parts = json::array();
  for (const PoolPart& part : dataset.parts) parts.push_back(ToJson(part));
  return {{"name", dataset.name},
          {"category", dataset.category},
          {"format", SampleFormatName(dataset.format)},
          {"folder", dataset.folder},
          {"images_root", dataset.images_root},
          {"files", std::move(files)},
          {"parts", std::move(parts)},
          {"samples", dataset.samples},
          {"text_only", dataset.text_only},
          {"repeated_ids", dataset.repeated_ids},
          {"rejected", dataset.rejected},
          {"tagger", dataset.tagger},
          {"signatures", dataset.signatures}};
}

Status Read(const json& value, const std::string& where, PoolFile* file) {
  JsonObjectReader reader(value, where);
  reader.Required("path", &file->path);
  reader.Required("size", &file->size);
  reader.Required("changed_ns", &file->changed_ns);
  reader.Required("sha256", &file->sha256);
  reader.Required("records", &file->records);
  return reader.Finish();
}

Status Read(const json& value, const std::string& where, PoolPart* part) {
  JsonObjectReader reader(value, where);
  reader.Required("columns", &part->columns);
  reader.Optional("rejects", &part->rejects);
  reader.Required("rows", &part->rows);
  return reader.Finish();
}

Status Read(const json& value, const std::string& where, PoolDataset* dataset);

template <typename T>
Status ReadAll(const json& values, const std::string& where, std::vector<T>* all) {
  if (!values.is_array()) return InvalidArgument(fmt::format("{}: expected an array", where));
  for (size_t i = 0; i < values.size(); ++i) {
    FW_TRY(Read(values[i], fmt::format("{}[{}]", where, i), &all->emplace_back()));
  }
  return OkStatus();
}

Status ReadRejected(const json& counts, const std::string& where, PoolDataset* dataset) {
  if (!counts.is_object()) return InvalidArgument(where + ": expected an object");
  for (const auto& [reason, count] : counts.items()) {
    if (!count.is_number_integer()) {
      return InvalidArgument(fmt::format("{}.{}: expected a number", where, reason));
    }
    dataset->rejected[reason] = count.get<int64_t>();
  }
  return OkStatus();
}

Status Read(const json& value, const std::string& where, PoolDataset* dataset) {
  JsonObjectReader reader(value, where);
  std::string format;
  json files = json::array();
  json parts = json::array();
  json rejected = json::object();
  reader.Required("name", &dataset->name);
  reader.Required("category", &dataset->category);
  reader.Required("format", &format);
  reader.Required("folder", &dataset->folder);
  reader.Optional("images_root", &dataset->images_root);
  reader.Required("files", &files);
  reader.Required("parts", &parts);
  reader.Required("samples", &dataset->samples);
  reader.Required("text_only", &dataset->text_only);
  reader.Required("repeated_ids", &dataset->repeated_ids);
  reader.Optional("rejected", &rejected);
  reader.Optional("tagger", &dataset->tagger);
  reader.Optional("signatures", &dataset->signatures);
  FW_TRY(reader.Finish());
  FW_ASSIGN(dataset->format, FormatFromName(format));
  FW_TRY(ReadAll(files, where + ".files", &dataset->files));
  FW_TRY(ReadAll(parts, where + ".parts", &dataset->parts));
  return ReadRejected(rejected, where + ".rejected", dataset);
}

Status Read(const json& value, PoolManifest* manifest) {
  JsonObjectReader reader(value, "pool");
  int64_t version = 0;
  json datasets = json::array();
  reader.Required("version", &version);
  if (version > kVersion) {
    return FailedPrecondition(
        fmt::format("was written by a newer Flywheel (version {}, this one "
                    "reads {})",
                    version, kVersion));
  }
  reader.Required("generation", &manifest->generation);
  reader.Required("datasets", &datasets);
  FW_TRY(reader.Finish());
  return ReadAll(datasets, "datasets", &manifest->datasets);
}

}  // namespace

const PoolDataset* PoolManifest::Find(std::string_view name) const {
  for (const PoolDataset& dataset : datasets) {
    if (dataset.name == name) return &dataset;
  }
  return nullptr;
}

int64_t PoolManifest::samples() const {
  int64_t samples = 0;
  for (const PoolDataset& dataset : datasets) samples += dataset.samples;
  return samples;
}

Result<PoolManifest> ReadPoolManifest(const std::string& pool) {
  const std::string path = fmt::format("{}/{}", pool, kPoolManifest);
  Result<std::string> text = ReadFile(path);
  if (text.status().code() == StatusCode::kNotFound) {
    return NotFound(
        fmt::format("{}: there is no pool; make one with 'flywheel pool import SOURCE "
                    "--pool {}'",
                    pool, pool));
  }
  FW_TRY(text.status());
  Result<json> value = ParseJson(*text, path);
  if (!value.ok()) return DataLoss(value.status().message());
  PoolManifest manifest;
  const Status status = Read(*value, &manifest);
  if (status.code() == StatusCode::kInvalidArgument) {
    return DataLoss(fmt::format("{}: {}", path, status.message()));
  }
  FW_TRY(status.WithContext(path));
  return manifest;
}

Status WritePoolManifest(const std::string& pool, const PoolManifest& manifest) {
  json datasets = json::array();
  for (const PoolDataset& dataset : manifest.datasets) datasets.push_back(ToJson(dataset));
  const json value = {{"version", kVersion},
                      {"generation", manifest.generation},
                      {"datasets", std::move(datasets)}};
  return WriteFileAtomic(fmt::format("{}/{}", pool, kPoolManifest), value.dump(1) + "\n");
}

}  // namespace flywheel

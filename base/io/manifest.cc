#include "base/io/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/io/json.h"
#include "base/io/task_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;

bool IsUtf8(std::string_view text) {
  try {
    (void)json(text).dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

Status CheckManifestPath(std::string_view path) {
  if (!IsUtf8(path)) return InvalidArgument("a file name is not valid UTF-8");
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (!IsPlainName(path.substr(begin, end - begin))) {
      return InvalidArgument(fmt::format(
          "path '{}': expected plain names of at most 128 characters between '/'", path));
    }
    begin = end + 1;
  }
  return OkStatus();
}

std::string WriteManifest(std::vector<ManifestEntry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  json manifest = json::array();
  for (const ManifestEntry& entry : entries) {
    manifest.push_back({{"path", entry.path}, {"size", entry.size}, {"sha256", entry.sha256}});
  }
  return CanonicalJson(manifest);
}

Result<std::vector<ManifestEntry>> ParseManifest(std::string_view text, const std::string& source) {
  const auto damaged = [&](const std::string& why) {
    return DataLoss(fmt::format("{}: not a manifest: {}", source, why));
  };
  const auto value = ParseJson(text, source);
  if (!value.ok()) return damaged(value.status().message());
  if (!value->is_array()) return damaged("expected an array");
  std::vector<ManifestEntry> entries;
  for (size_t i = 0; i < value->size(); ++i) {
    ManifestEntry entry;
    JsonObjectReader reader((*value)[i], fmt::format("[{}]", i));
    reader.Required("path", &entry.path);
    reader.Required("size", &entry.size);
    reader.Required("sha256", &entry.sha256);
    Status status = reader.Finish();
    if (status.ok()) status = CheckManifestPath(entry.path);
    if (!status.ok()) return damaged(status.message());
    if (!IsSha256Hex(entry.sha256)) return damaged(fmt::format("[{}].sha256 is not a digest", i));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace flywheel

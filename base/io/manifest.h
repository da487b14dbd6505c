// The text of a folder artifact's manifest. A part of artifact_dir.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/io/artifact_dir.h"
#include "base/result.h"

namespace flywheel {

// INVALID_ARGUMENT unless `path` is relative, in UTF-8 and made of plain names.
Status CheckManifestPath(std::string_view path);

// Compact JSON, sorted by path: equal folders give equal bytes.
std::string WriteManifest(std::vector<ManifestEntry> entries);

// `source` names the file in errors. DATA_LOSS when it is not what WriteManifest writes.
Result<std::vector<ManifestEntry>> ParseManifest(std::string_view text, const std::string& source);

}  // namespace flywheel

#include "generators/fingerprints.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/io/files.h"

namespace flywheel {

std::string SceneFingerprint(const SceneGraph& scene) { return SceneDigest(scene); }

std::string PictureFingerprint(std::string_view bytes) { return Sha256Hex(bytes); }

std::string QuestionFingerprint(std::string_view image, std::string_view question) {
  return Sha256Hex(fmt::format("{}\n{}", image, question));
}

Result<Fingerprints> Fingerprints::Read(const std::string& path) {
  Fingerprints fingerprints;
  FW_TRY(ForEachLine(path, [&](std::string_view line, int64_t) -> Status {
    if (!IsSha256Hex(line)) {
      return InvalidArgument(
          fmt::format("expected a SHA-256 of 64 lower-case hex digits, found '{}'", line));
    }
    fingerprints.Add(std::string(line));
    return OkStatus();
  }));
  return fingerprints;
}

Status Fingerprints::Write(const std::string& path) const {
  std::vector<std::string> sorted(hashes_.begin(), hashes_.end());
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const std::string& hash : sorted) text += hash + "\n";
  return WriteFile(path, text);
}

}  // namespace flywheel

// Names of image files: which names in data may be followed below a folder, and which name an image
// gets that is taken out of a Parquet file. Does not touch the disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

namespace flywheel {

// A relative path that stays below its root, without NUL and short enough for a file system.
// INVALID_ARGUMENT: "'../a.jpg' leads out of the image folder".
Status CheckImagePath(std::string_view path);

// ".jpg", ".png", ".gif", ".webp" or ".bmp" as the first bytes say, "" for others. 12 bytes
// suffice. Signatures: the formats' own specifications (JFIF, PNG, GIF89a, RIFF/WebP, BMP).
std::string_view ImageExtension(std::string_view bytes);

// Gives each image of an import a file name of its own, from the id of its row: "<id>.jpg" where
// the id is a plain name that nobody has; else what is plain of it and a digest of the whole id; a
// name that is taken gets a number. The same calls in the same order give the same names. Names
// differ by more than case.
class ImageNames {
 public:
  // `extension` with its dot; one that no image has becomes ".jpg". At most 200 bytes,
  // [A-Za-z0-9._-] only, not beginning with a dot.
  std::string Take(std::string_view id, std::string_view extension);

 private:
  std::unordered_map<uint64_t, int32_t> taken_;  // digest of the folded stem -> how often asked for
};

}  // namespace flywheel

// The images of exported samples, put below one folder under the names that the samples say:
// linked, copied, or taken out of Parquet files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"

namespace flywheel {

enum class ImageTransfer { kNone, kLink, kCopy };

struct ImageCounts {
  int64_t linked = 0;
  int64_t copied = 0;
  int64_t extracted = 0;
};

class ImageExporter {
 public:
  // `out`: the folder; images of one name are put there once.
  ImageExporter(ImageTransfer transfer, std::string out);

  // `root`/`image` to `out`/`image`. NOT_FOUND names a missing image; INVALID_ARGUMENT a name that
  // leads out of the folder.
  Status Transfer(const std::string& root, const std::string& image);
  // Bytes that lie in a Parquet file.
  Status Extract(const std::string& image, std::string_view bytes);
  const ImageCounts& counts() const { return counts_; }

 private:
  Result<bool> IsNew(const std::string& image);

  ImageTransfer transfer_;
  std::string out_;
  std::unordered_set<std::string> done_;
  ImageCounts counts_;
};

}  // namespace flywheel

// The sizes of a pool's images: from a file of known sizes, else from the images themselves, each
// opened once. Not for several threads.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "pool/boxes/boxes.h"

namespace flywheel {

class ImageSizes {
 public:
  // Names are below this folder. Empty: there are no images, only known sizes.
  explicit ImageSizes(std::string root) : root_(std::move(root)) {}

  // Known sizes: JSON lines or a JSON array of {"image": "coco/a.jpg", "width": 640, "height":
  // 480}. They go before what the images say. Errors name file and record.
  Status AddKnown(const std::string& path);

  // Errors are those of ReadImageSize, and NOT_FOUND for an unknown size where there are no images.
  // An image that failed is tried again when it is asked for again.
  Result<ImageSize> SizeOf(const std::string& image);

  // How many files were opened.
  size_t opened() const { return opened_; }

 private:
  std::string root_;
  std::unordered_map<std::string, ImageSize> known_;
  // Forgotten when it is full: what an image says can be read again.
  std::unordered_map<std::string, ImageSize> read_;
  size_t opened_ = 0;
};

}  // namespace flywheel

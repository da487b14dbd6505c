// Image features: what the frozen vision tower says about each image, computed once and kept as
// float16. Training and scoring read these; they never run the tower again.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "workers/llava/llava_model.h"

namespace flywheel::llava {

class FeatureCache {
 public:
  FeatureCache(int64_t images, int64_t floats_an_image);

  int64_t images() const { return images_; }
  int64_t floats_an_image() const { return floats_; }
  // IEEE half bits of one image: [patches, hidden_size].
  std::span<uint16_t> image(int64_t index);
  std::span<const uint16_t> image(int64_t index) const;

 private:
  int64_t images_;
  int64_t floats_;
  std::vector<uint16_t> values_;
};

// Writes image `index` as RGB rows of image_size x image_size. Called from several threads.
using PixelSource = std::function<Status(int64_t index, std::span<uint8_t> rgb)>;

struct EncodeOptions {
  int threads = 1;
  // Called between batches with the number of images done; false ends with CANCELLED.
  std::function<bool(int64_t)> proceed;
};
Result<FeatureCache> EncodeImages(const LlavaModel& model, int64_t images,
                                  const PixelSource& pixels, const EncodeOptions& options);

}  // namespace flywheel::llava

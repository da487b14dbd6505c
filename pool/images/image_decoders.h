// One decoder a form of image, each over a small library: the size, and whether a reader gets all
// of the pixels. For files of other people: whatever the bytes are, memory and time stay bounded.
// Keeps no pixels, and does not look at file names.
#pragma once

#include <cstdint>
#include <string_view>

#include "pool/boxes/boxes.h"

namespace flywheel {

enum class ImageFlaw {
  kNone,
  kDamaged,   // or no image at all
  kCutShort,  // the bytes end before the image does
  kTooLarge,  // above kMostPixels; not decoded
};

// Where PIL, and so a trainer, refuses an image as a decompression bomb: Image.open raises above
// twice Image.MAX_IMAGE_PIXELS (Pillow's documentation of Image.open).
inline constexpr int64_t kMostPixels = 178'956'970;

constexpr bool IsTooLarge(const ImageSize& size) {
  return static_cast<int64_t>(size.width) * size.height > kMostPixels;
}

enum class DecodeDepth {
  kHeader,  // as far as the size: later flaws stay unseen
  kPixels,
};

struct DecodedImage {
  ImageSize size;  // of stored pixels; zeros when the bytes are flawed before they say it
  ImageFlaw flaw = ImageFlaw::kNone;
};

DecodedImage DecodeJpeg(std::string_view bytes, DecodeDepth depth);
DecodedImage DecodePng(std::string_view bytes, DecodeDepth depth);
// The size of an animation is that of its canvas. Frames after the first are decoded as long as all
// together have no more than kMostPixels.
DecodedImage DecodeWebp(std::string_view bytes, DecodeDepth depth);
// The same; the canvas grows to hold the first frame, as it does in PIL.
DecodedImage DecodeGif(std::string_view bytes, DecodeDepth depth);
DecodedImage DecodeBmp(std::string_view bytes, DecodeDepth depth);

}  // namespace flywheel

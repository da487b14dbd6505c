// PNG by libpng, row by row. Not by its simplified interface: that one wants memory for all pixels
// and never looks behind the last row, where a missing end would be seen.
#include <png.h>

#include <csetjmp>

#include "base/check.h"
#include "pool/images/image_decoders.h"

namespace flywheel {
namespace {

struct PngReading {
  std::string_view left;
  DecodedImage image;
};

void OnError(png_structp decoder, png_const_charp) {
  auto* reading = static_cast<PngReading*>(png_get_error_ptr(decoder));
  if (reading->image.flaw == ImageFlaw::kNone) reading->image.flaw = ImageFlaw::kDamaged;
  png_longjmp(decoder, 1);
}

// Of chunks that hold no pixels, such as a colour profile that is not one.
void OnWarning(png_structp, png_const_charp) {}

void Read(png_structp decoder, png_bytep to, size_t count) {
  auto* reading = static_cast<PngReading*>(png_get_io_ptr(decoder));
  if (reading->left.size() < count) {
    reading->image.flaw = ImageFlaw::kCutShort;
    png_error(decoder, "cut short");
  }
  reading->left.copy(reinterpret_cast<char*>(to), count);
  reading->left.remove_prefix(count);
}

// No object with a destructor may live here: errors jump out of the library into this function.
void Decode(png_structp decoder, png_infop info, DecodeDepth depth) {
  if (setjmp(png_jmpbuf(decoder)) != 0) return;
  // The library's own limit for a side would call a large image a damaged one.
  png_set_user_limits(decoder, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(decoder, info);
  DecodedImage& image = static_cast<PngReading*>(png_get_io_ptr(decoder))->image;
  image.size = {static_cast<int>(png_get_image_width(decoder, info)),
                static_cast<int>(png_get_image_height(decoder, info))};
  if (IsTooLarge(image.size)) {
    image.flaw = ImageFlaw::kTooLarge;
    return;
  }
  if (depth == DecodeDepth::kHeader) return;
  const int passes = png_set_interlace_handling(decoder);
  for (int pass = 0; pass < passes; ++pass) {
    for (int row = 0; row < image.size.height; ++row) png_read_row(decoder, nullptr, nullptr);
  }
  png_read_end(decoder, nullptr);
}

}  // namespace

DecodedImage DecodePng(std::string_view bytes, DecodeDepth depth) {
  PngReading reading{bytes, {}};
  png_structp decoder = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, OnError, OnWarning);
  FW_CHECK(decoder != nullptr, "libpng of another version, or no memory");
  png_infop info = png_create_info_struct(decoder);
  FW_CHECK(info != nullptr, "no memory");
  png_set_read_fn(decoder, &reading, Read);
  Decode(decoder, info, depth);
  png_destroy_read_struct(&decoder, &info, nullptr);
  return reading.image;
}

}  // namespace flywheel

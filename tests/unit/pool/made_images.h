// Images of unusual forms, made for the tests of the image decoders: what OpenCV does not write.
// Not for pixels that anybody looks at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pool/boxes/boxes.h"

namespace flywheel::testing {

struct JpegForm {
  ImageSize size;
  int components = 3;  // 1: grey, 3: colour, 4: CMYK
  int sampling = 2;    // luma samples a chroma sample across; down no more than two
  bool progressive = false;
};
std::string MadeJpeg(const JpegForm& form);

struct PngForm {
  ImageSize size;
  int bits = 8;  // a sample
  bool interlaced = false;
};
std::string MadePng(const PngForm& form);
// No more than the header: the rest is left to imagine.
std::string PngHeader(const ImageSize& size);

// Frames of these sizes at the upper left corner of a screen of the first one's.
std::string MadeGif(const std::vector<ImageSize>& frames);

// Frames are whole WebP files of this size.
std::string AnimatedWebp(const ImageSize& size, const std::vector<std::string>& frames);

// 4 x 2 pixels of 8 bits, with these run lengths.
std::string RunLengthBmp(std::string_view runs);

// The lowest bytes of a number, lowest first.
std::string LittleEndian(uint32_t number, size_t bytes);

}  // namespace flywheel::testing

// Boxes in conversations, from coordinates of the image to those of the image padded to a square
// and back. Equals DataOptim's expand_to_square.py wherever that does what it says; where a box was
// converted twice there, or left alone for its spacing or for being one of several, this converts
// each box once. Whole rows are row_boxes' business; opens no image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// What [x1, y1, x2, y2], each from 0 to 1, is relative to.
enum class BoxSpace {
  kOriginal,      // the image
  kSquarePadded,  // the image in the middle of a square as long as its longer side
};

// "original" and "square": the words of the command line and of the member box_space.
std::string_view BoxSpaceName(BoxSpace space);
// INVALID_ARGUMENT names the two words.
Result<BoxSpace> BoxSpaceFromName(std::string_view name);

struct ImageSize {
  int width = 0;
  int height = 0;

  bool operator==(const ImageSize&) const = default;
};

// Annotations reach past the image's edge a little.
inline constexpr double kLargestCoordinate = 1.1;

struct ConvertedText {
  std::string text;
  int64_t boxes = 0;
};

// Every box of a text from the other space `to` this one. A box is four decimals from 0 to 1 in
// brackets, spaces between them or not; several stand in one pair of brackets with ';' between.
// What looks like a box but has a number above kLargestCoordinate is none. Nothing but the digits
// changes.
//
// As in the original, corners are rounded to whole pixels (half to even) and the result to three
// decimals, square images included. So both directions lose what lies between pixels; there and
// back returns the same pixels as long as the longer side is below 1,000. To the original space
// also what lies in the padding is lost: it moves to the image's edge.
//
// The size's sides must be positive.
ConvertedText ConvertBoxes(std::string_view text, const ImageSize& size, BoxSpace to);

// Whether ConvertBoxes would find any.
bool HasBoxes(std::string_view text);

}  // namespace flywheel

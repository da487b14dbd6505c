#include "pool/boxes/boxes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "base/check.h"

namespace flywheel {
namespace {

// One number of a box: where its text lies and what it says.
struct Coordinate {
  size_t begin = 0;
  size_t end = 0;
  double value = 0;
};
using Box = std::array<Coordinate, 4>;

// Reads at a place of a text and goes on from there.
class Cursor {
 public:
  Cursor(std::string_view text, size_t at) : text_(text), at_(at) {}

  size_t at() const { return at_; }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  // Digits with a point among them or not; neither sign nor exponent.
  std::optional<Coordinate> TakeCoordinate() {
    Coordinate coordinate{at_, at_, 0};
    const char* begin = text_.data() + at_;
    const auto is_part = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
    const char* end = std::find_if_not(begin, text_.data() + text_.size(), is_part);
    const auto [read, error] =
        std::from_chars(begin, end, coordinate.value, std::chars_format::fixed);
    if (error != std::errc() || read != end || coordinate.value > kLargestCoordinate)
      return std::nullopt;
    at_ += static_cast<size_t>(end - begin);
    coordinate.end = at_;
    return coordinate;
  }

 private:
  std::string_view text_;
  size_t at_;
};

// The boxes in the brackets that open at `open`, and where these end. None: no boxes are there.
struct Bracket {
  std::vector<Box> boxes;
  size_t end = 0;
};

bool TakeBox(Cursor* cursor, Box* box) {
  for (size_t i = 0; i < box->size(); ++i) {
    if (i > 0 && !cursor->Take(',')) return false;
    cursor->SkipSpaces();
    const std::optional<Coordinate> coordinate = cursor->TakeCoordinate();
    if (!coordinate) return false;
    (*box)[i] = *coordinate;
    cursor->SkipSpaces();
  }
  return true;
}

bool TakeBracket(std::string_view text, size_t open, Bracket* bracket) {
  bracket->boxes.clear();
  Cursor cursor(text, open + 1);
  do {
    Box box;
    if (!TakeBox(&cursor, &box)) return false;
    bracket->boxes.push_back(box);
  } while (cursor.Take(';'));
  if (!cursor.Take(']')) return false;
  bracket->end = cursor.at();
  return true;
}

// Python's round(x) of a float: half to even, which is the default rounding mode.
long RoundHalfEven(double x) { return std::lrint(x); }

// Python's round(x, 3) and repr of it, for x from 0 to 1 and a little more: to_chars rounds the
// exact value, ties to even, as Python does; then all zeros go but the one behind the point.
void AppendThreeDecimals(double x, std::string* out) {
  char buffer[64];
  const char* end =
      std::to_chars(buffer, buffer + sizeof buffer, x, std::chars_format::fixed, 3).ptr;
  std::string_view digits(buffer, static_cast<size_t>(end - buffer));
  while (digits.ends_with('0') && !digits.ends_with(".0")) digits.remove_suffix(1);
  out->append(digits);
}

// One axis: the image's side, the square's, and the padding before the image.
struct Axis {
  int side = 0;
  int square = 0;
  int padding = 0;
};

Axis AxisOf(int side, int other) {
  const int square = std::max(side, other);
  return {side, square, (square - side) / 2};
}

double Moved(double value, const Axis& axis, BoxSpace to) {
  if (to == BoxSpace::kSquarePadded) {
    const long pixel = RoundHalfEven(value * axis.side) + axis.padding;
    return static_cast<double>(pixel) / axis.square;
  }
  const long pixel = RoundHalfEven(value * axis.square) - axis.padding;
  return static_cast<double>(std::clamp<long>(pixel, 0, axis.side)) / axis.side;
}

}  // namespace

std::string_view BoxSpaceName(BoxSpace space) {
  return space == BoxSpace::kOriginal ? "original" : "square";
}

Result<BoxSpace> BoxSpaceFromName(std::string_view name) {
  for (const BoxSpace space : {BoxSpace::kOriginal, BoxSpace::kSquarePadded}) {
    if (name == BoxSpaceName(space)) return space;
  }
  return InvalidArgument(fmt::format("expected \"square\" or \"original\", found \"{}\"", name));
}

ConvertedText ConvertBoxes(std::string_view text, const ImageSize& size, BoxSpace to) {
  FW_CHECK(size.width > 0 && size.height > 0, "an image has a width and a height");
  const Axis axes[] = {AxisOf(size.width, size.height), AxisOf(size.height, size.width)};
  ConvertedText converted;
  size_t copied = 0;
  Bracket bracket;
  for (size_t open = text.find('['); open != text.npos; open = text.find('[', open)) {
    if (!TakeBracket(text, open, &bracket)) {
      ++open;
      continue;
    }
    for (const Box& box : bracket.boxes) {
      for (size_t i = 0; i < box.size(); ++i) {
        converted.text.append(text, copied, box[i].begin - copied);
        AppendThreeDecimals(Moved(box[i].value, axes[i % 2], to), &converted.text);
        copied = box[i].end;
      }
    }
    converted.boxes += static_cast<int64_t>(bracket.boxes.size());
    open = bracket.end;
  }
  converted.text.append(text, copied);
  return converted;
}

bool HasBoxes(std::string_view text) {
  Bracket bracket;
  for (size_t open = text.find('['); open != text.npos; open = text.find('[', open + 1)) {
    if (TakeBracket(text, open, &bracket)) return true;
  }
  return false;
}

}  // namespace flywheel

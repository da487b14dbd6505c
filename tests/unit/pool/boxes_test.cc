#include "pool/boxes/boxes.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/io/files.h"
#include "base/rng.h"

namespace flywheel {
namespace {

std::string ToSquare(std::string_view text, int width, int height) {
  return ConvertBoxes(text, {width, height}, BoxSpace::kSquarePadded).text;
}

std::string ToOriginal(std::string_view text, int width, int height) {
  return ConvertBoxes(text, {width, height}, BoxSpace::kOriginal).text;
}

TEST_CASE("A box is moved by the padding, pixels rounded half to even, with three decimals") {
  CHECK(ToSquare("[0.0, 0.106, 0.827, 1.0]", 640, 480) == "[0.0, 0.205, 0.827, 0.875]");
}

TEST_CASE("On a square image a box is rounded to pixels as on any other") {
  CHECK(ToSquare("[0.1234, 0.5, 0.9, 1.0]", 333, 333) == "[0.123, 0.498, 0.901, 1.0]");
}

TEST_CASE("With an odd padding the smaller half is before the image") {
  CHECK(ToSquare("[0.0, 0.0, 1.0, 1.0]", 641, 480) == "[0.0, 0.125, 1.0, 0.874]");
  CHECK(ToSquare("[0.0, 0.0, 1.0, 1.0]", 480, 641) == "[0.125, 0.0, 0.874, 1.0]");
}

TEST_CASE("Boxes without spaces are converted and stay without spaces") {
  CHECK(ToSquare("[0.0,0.106,0.827,1.0]", 640, 480) == "[0.0,0.205,0.827,0.875]");
  CHECK(ToSquare("[ 0.0 ,0.106,  0.827, 1.0]", 640, 480) == "[ 0.0 ,0.205,  0.827, 0.875]");
}

TEST_CASE("Every one of several boxes in one pair of brackets is converted") {
  const ConvertedText converted =
      ConvertBoxes("dogs[0.0,0.106,0.827,1.0;0.0,0.0,1.0,1.0; 0.0, 0.106, 0.827, 1.0].", {640, 480},
                   BoxSpace::kSquarePadded);
  CHECK(converted.text ==
        "dogs[0.0,0.205,0.827,0.875;0.0,0.125,1.0,0.875; 0.0, 0.205, 0.827, 0.875].");
  CHECK(converted.boxes == 3);
}

TEST_CASE("A box whose result reads like a later box is not converted twice") {
  CHECK(ToSquare("A [0.1, 0.2, 0.3, 0.4] B [0.1, 0.275, 0.3, 0.425]", 640, 480) ==
        "A [0.1, 0.275, 0.3, 0.425] B [0.1, 0.331, 0.3, 0.444]");
}

TEST_CASE("Lists that are no boxes are left alone") {
  for (const char* text :
       {"[1, 2, 3, 4]", "[0.1, 0.2, 0.3]", "[0.1, 0.2, 0.3, 0.4, 0.5]", "[0.1, 0.2, 0.3, 0.4",
        "[0.1, 0.2, 0.3, 1.2.3]", "[-0.1, 0.2, 0.3, 0.4]", "[0.1 0.2 0.3 0.4]", "[]", "[[", "[.]",
        "[0.1, 0.2, 0.3, 0.4;]", "[a, b, c, d]", "(0.1, 0.2, 0.3, 0.4)", "", "[120, 40, 300, 260]",
        "[0.1, 0.2, 0.3, .]"}) {
    INFO(text);
    CHECK(ToSquare(text, 640, 480) == text);
    CHECK_FALSE(HasBoxes(text));
  }
}

TEST_CASE("A box is found behind brackets that hold none") {
  CHECK(ToSquare("[[0.0, 0.106, 0.827, 1.0]]", 640, 480) == "[[0.0, 0.205, 0.827, 0.875]]");
  CHECK(ToSquare("[see [1] [0.0, 0.106, 0.827, 1.0]", 640, 480) ==
        "[see [1] [0.0, 0.205, 0.827, 0.875]");
  CHECK(HasBoxes("[see [1] [0.0, 0.106, 0.827, 1.0]"));
}

TEST_CASE("An annotation that reaches past the edge a little is a box") {
  CHECK(ToSquare("[0.0, 0.106, 1.003, 1.0]", 640, 480) == "[0.0, 0.205, 1.003, 0.875]");
}

TEST_CASE("3,000 boxes on images of all shapes come out as in Python") {
  const char* source = std::getenv("FLYWHEEL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  int64_t boxes = 0, cascades = 0;
  const std::string path = std::string(source) + "/tests/unit/pool/goldens/boxes.tsv";
  const Status status = ForEachLine(path, [&](std::string_view line, int64_t) -> Status {
    std::vector<std::string> fields;
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find('\t', begin), line.size());
      fields.emplace_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    if (fields.size() != 5) return InvalidArgument("expected five fields");
    const ConvertedText converted = ConvertBoxes(
        fields[2], {std::stoi(fields[0]), std::stoi(fields[1])}, BoxSpace::kSquarePadded);
    INFO(line);
    CHECK(converted.text == fields[3]);
    boxes += converted.boxes;
    cascades += fields[4] == "cascade";
    return OkStatus();
  });
  INFO(status.message());
  CHECK(status.ok());
  CHECK(boxes == 3000);
  CHECK(cascades > 10);
}

TEST_CASE("Back in the original space a box is the one it was, up to images of 999 pixels") {
  Rng rng(7);
  for (int i = 0; i < 5000; ++i) {
    const int width = static_cast<int>(rng.Between(1, 999));
    const int height = static_cast<int>(rng.Between(1, 999));
    // What an annotation tool writes: pixels by the side, three decimals.
    std::string box = "[";
    for (int side : {width, height, width, height}) {
      const double value = std::round(1000.0 * static_cast<double>(rng.Between(0, side)) / side);
      box += fmt::format("{}{:.3f}", box.size() > 1 ? ", " : "", value / 1000);
    }
    box += "]";
    INFO(width << "x" << height << " " << box);
    const std::string there = ToSquare(box, width, height);
    const std::string back = ToOriginal(there, width, height);
    // Spelled as Python spells it.
    CHECK(back == ToOriginal(ToSquare(back, width, height), width, height));
    CHECK(ToSquare(back, width, height) == there);
  }
}

TEST_CASE("What lies in the padding moves to the image's edge") {
  CHECK(ToOriginal("[0.1, 0.0, 0.9, 1.0]", 640, 480) == "[0.1, 0.0, 0.9, 1.0]");
  CHECK(ToOriginal("[0.1, 0.05, 0.9, 0.5]", 640, 480) == "[0.1, 0.0, 0.9, 0.5]");
  CHECK(ToOriginal("[0.0, 0.205, 0.827, 0.875]", 640, 480) == "[0.0, 0.106, 0.827, 1.0]");
}

TEST_CASE("The two spaces have names and nothing else is one") {
  CHECK(BoxSpaceFromName("square").value() == BoxSpace::kSquarePadded);
  CHECK(BoxSpaceFromName("original").value() == BoxSpace::kOriginal);
  CHECK(BoxSpaceFromName("padded").status().message() ==
        "expected \"square\" or \"original\", found \"padded\"");
}

}  // namespace
}  // namespace flywheel

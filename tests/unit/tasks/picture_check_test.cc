#include "workers/prepare/picture_check.h"

#include <catch2/catch.hpp>
#include <string>

namespace flywheel {
namespace {

using std::string_literals::operator""s;

// A header with a thumbnail of its own, then a scan.
const std::string kThumbnail = "\xFF\xD8\xFF\xDA small \xFF\xD9"s;
const std::string kJpeg = "\xFF\xD8\xFF\xE1"s + kThumbnail + "\xFF\xDA scan \xFF\x00 more"s;

TEST_CASE("A whole JPEG ends its last scan, whatever follows it") {
  CHECK(CheckWholePicture(kJpeg + "\xFF\xD9"s).ok());
  CHECK(CheckWholePicture(kJpeg + "\xFF\xD9"s + std::string(100, '\0')).ok());
}

TEST_CASE("A JPEG without the end of its last scan is cut short, even if a thumbnail has one") {
  CHECK(CheckWholePicture(kJpeg) ==
        InvalidArgument("is cut short: a JPEG of 32 bytes without its end marker"));
  CHECK_FALSE(CheckWholePicture("\xFF\xD8\xFF"s).ok());
}

TEST_CASE("Formats that are not known are left to the decoder") {
  CHECK(CheckWholePicture("GIF89a").ok());
  CHECK(CheckWholePicture("").ok());
}

}  // namespace
}  // namespace flywheel

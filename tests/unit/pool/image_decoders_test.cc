#include "pool/images/image_decoders.h"

#include <catch2/catch.hpp>
#include <map>
#include <opencv2/imgcodecs.hpp>

#include "base/io/files.h"
#include "pool/images/image_files.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/pool/made_images.h"

namespace flywheel {
namespace {

using testing::AnimatedWebp;
using testing::LittleEndian;
using testing::MadeGif;
using testing::MadeJpeg;
using testing::MadePng;
using testing::PngHeader;
using testing::RunLengthBmp;
using testing::TempDir;
using std::string_view_literals::operator""sv;

constexpr ImageSize kSize{24, 16};

// By OpenCV, in the form that the name's ending says.
std::string Encoded(const std::string& ending, const std::vector<int>& settings = {}) {
  cv::Mat pixels(kSize.height, kSize.width, CV_8UC3);
  cv::randu(pixels, 0, 255);
  std::vector<uchar> bytes;
  REQUIRE(cv::imencode(ending, pixels, bytes, settings));
  return {bytes.begin(), bytes.end()};
}

std::string LosslessWebp() { return Encoded(".webp", {cv::IMWRITE_WEBP_QUALITY, 101}); }

// Of every form, and of the forms within them that readers have trouble with.
std::map<std::string, std::string> GoodImages() {
  return {
      {"colour.jpg", MadeJpeg({kSize})},
      {"grey.jpg", MadeJpeg({kSize, 1})},
      {"cmyk.jpg", MadeJpeg({kSize, 4})},
      {"progressive.jpg", MadeJpeg({kSize, 3, 2, true})},
      {"whole_chroma.jpg", MadeJpeg({kSize, 3, 1})},
      {"rare_sampling.jpg", MadeJpeg({kSize, 3, 3})},
      {"colour.png", MadePng({kSize})},
      {"sixteen_bits.png", MadePng({kSize, 16})},
      {"interlaced.png", MadePng({kSize, 8, true})},
      {"lossy.webp", Encoded(".webp", {cv::IMWRITE_WEBP_QUALITY, 80})},
      {"lossless.webp", LosslessWebp()},
      {"animated.webp", AnimatedWebp(kSize, {LosslessWebp(), Encoded(".webp"), LosslessWebp()})},
      {"still.gif", MadeGif({kSize})},
      {"animated.gif", MadeGif({kSize, {12, 10}, kSize})},
      {"colour.bmp", Encoded(".bmp")},
  };
}

struct Seen {
  Result<ImageSize> size;
  std::optional<ImageFinding> finding;
};

Seen See(const std::string& name, std::string_view bytes) {
  const TempDir folder;
  REQUIRE(WriteFile(folder / name, bytes).ok());
  Seen seen{ReadImageSize(folder.path(), name), CheckImageFile(folder.path(), name)};
  if (seen.finding) {  // without the folder
    CHECK(seen.finding->message.starts_with(folder / name));
    seen.finding->message.erase(0, folder.path().size() + 1);
  }
  return seen;
}

std::string MessageOf(const std::string& name, std::string_view bytes) {
  const Seen seen = See(name, bytes);
  REQUIRE(seen.finding.has_value());
  CHECK(seen.finding->problem == ImageProblem::kUndecodable);
  return seen.finding->message;
}

TEST_CASE("Images of unusual forms have a size and nothing wrong with them") {
  for (const auto& [name, bytes] : GoodImages()) {
    INFO(name);
    const Seen seen = See(name, bytes);
    CHECK((seen.finding ? seen.finding->message : "") == "");
    REQUIRE(seen.size.ok());
    CHECK(*seen.size == kSize);
  }
}

DecodedImage Decoded(const std::string& name, std::string_view bytes) {
  const std::vector<char> exactly(bytes.begin(), bytes.end());  // so that ASan sees the end
  const std::string_view given(exactly.data(), exactly.size());
  switch (ImageFormatOfName(name)) {
    case ImageFormat::kJpeg:
      return DecodeJpeg(given, DecodeDepth::kPixels);
    case ImageFormat::kPng:
      return DecodePng(given, DecodeDepth::kPixels);
    case ImageFormat::kWebp:
      return DecodeWebp(given, DecodeDepth::kPixels);
    case ImageFormat::kGif:
      return DecodeGif(given, DecodeDepth::kPixels);
    default:
      return DecodeBmp(given, DecodeDepth::kPixels);
  }
}

TEST_CASE("An image cut short is found out wherever it is cut") {
  for (const auto& [name, bytes] : GoodImages()) {
    INFO(name << " of " << bytes.size() << " bytes");
    CHECK(Decoded(name, bytes).flaw == ImageFlaw::kNone);
    for (size_t length = 1; length < bytes.size(); ++length) {
      INFO("cut to " << length);
      const DecodedImage image = Decoded(name, std::string_view(bytes).substr(0, length));
      CHECK(image.flaw != ImageFlaw::kNone);
      if (image.size == kSize) CHECK(image.flaw == ImageFlaw::kCutShort);
    }
    const std::string_view most = std::string_view(bytes).substr(0, bytes.size() - 20);
    CHECK(MessageOf(name, most).ends_with(" image that is cut short"));
    CHECK(See(name, most).size.value() == kSize);  // the header is whole
    CHECK(MessageOf(name, "").ends_with("found an empty file"));
  }
}

TEST_CASE("A PNG with any one byte changed is found out") {
  const std::string bytes = MadePng({{9, 8}});
  for (size_t at = 0; at < bytes.size(); ++at) {
    INFO(at);
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(~damaged[at]);
    CHECK(Decoded("a.png", damaged).flaw != ImageFlaw::kNone);
  }
}

TEST_CASE("A JPEG is damaged when its scan ends before its rows, not by stray bytes") {
  const std::string bytes = MadeJpeg({kSize});
  const std::string end = bytes.substr(bytes.size() - 2);
  REQUIRE(end == "\xff\xd9");
  CHECK(MessageOf("a.jpg", bytes.substr(0, bytes.size() / 2 + 100) + end) ==
        "a.jpg: a damaged JPEG image: it cannot be decoded");
  CHECK_FALSE(See("a.jpg", bytes.substr(0, bytes.size() - 2) + "stray" + end).finding.has_value());
  CHECK_FALSE(See("a.jpg", bytes + "what follows the end").finding.has_value());
}

TEST_CASE("A JPEG with scans without number is refused") {
  const std::string bytes = MadeJpeg({kSize, 3, 2, true});
  const size_t last = bytes.rfind("\xff\xda"sv);
  std::string repeated = bytes.substr(0, last);
  for (int i = 0; i < 600; ++i) repeated += bytes.substr(last, bytes.size() - 2 - last);
  CHECK(MessageOf("a.jpg", repeated + bytes.substr(bytes.size() - 2)) ==
        "a.jpg: a damaged JPEG image: it cannot be decoded");
}

TEST_CASE("An image that claims more pixels than trainers take is refused before it is decoded") {
  std::string jpeg = MadeJpeg({kSize});
  const size_t frame = jpeg.find("\xff\xc0"sv);
  REQUIRE(frame != jpeg.npos);
  jpeg.replace(frame + 5, 4, "\xff\x00\xff\x00"sv);
  std::string gif = MadeGif({kSize});
  gif.replace(6, 4, "\xff\xff\xff\xff"sv);
  std::string bmp = Encoded(".bmp");
  bmp.replace(18, 8, LittleEndian(2'000'000'000, 4) + LittleEndian(2'000'000'000, 4));
  const std::map<std::string, std::pair<std::string, std::string>> claims = {
      {"a.jpg", {jpeg, "JPEG image of 65280 x 65280"}},
      {"b.png", {PngHeader({2'000'000'000, 3}), "PNG image of 2000000000 x 3"}},
      {"c.webp", {AnimatedWebp({16384, 16384}, {LosslessWebp()}), "WebP image of 16384 x 16384"}},
      {"d.gif", {gif, "GIF image of 65535 x 65535"}},
      {"e.bmp", {bmp, "BMP image of 2000000000 x 2000000000"}},
  };
  for (const auto& [name, claim] : claims) {
    INFO(name);
    const Seen seen = See(name, claim.first);
    const std::string message = name + ": a " + claim.second +
                                " pixels, expected at most 178956970 in all: trainers refuse more";
    REQUIRE(seen.finding.has_value());
    CHECK(seen.finding->problem == ImageProblem::kUndecodable);
    CHECK(seen.finding->message == message);
    CHECK(seen.size.status().message().ends_with(message));
  }
  CHECK(See("f.png", PngHeader({13'377, 13'377})).size.value() == ImageSize{13'377, 13'377});
  CHECK_FALSE(See("f.png", PngHeader({13'378, 13'378})).size.ok());
}

TEST_CASE("A GIF has a frame, holds its first one, and every later one is whole") {
  std::string gif = MadeGif({kSize, {12, 10}});
  const size_t second = gif.rfind(',');
  gif[second + 12] = '\x2c';  // its first codes: clear the table, the image's end
  CHECK(MessageOf("a.gif", gif) == "a.gif: a damaged GIF image: it cannot be decoded");
  std::string small_screen = MadeGif({kSize});
  small_screen.replace(6, 4, "\x01\0\x64\0"sv);
  CHECK(See("b.gif", small_screen).size.value() == ImageSize{kSize.width, 100});
  const std::string no_frame = MadeGif({kSize}).substr(0, 19) + ";";
  CHECK(MessageOf("c.gif", no_frame) == "c.gif: a damaged GIF image: it cannot be decoded");
}

TEST_CASE("A later frame too large to decode is passed over, block by block") {
  std::string gif = MadeGif({kSize, {12, 10}, {3, 3}});
  const size_t second = gif.find(',', gif.find("!\xf9"sv, 40));
  gif.replace(second + 5, 4, "\xff\xff\xff\xff"sv);
  CHECK_FALSE(See("a.gif", gif).finding.has_value());
  CHECK(MessageOf("a.gif", gif.substr(0, gif.size() - 1)).ends_with("cut short"));
}

TEST_CASE("A WebP animation with a damaged frame is found out") {
  std::string frame = LosslessWebp();
  frame.replace(frame.size() / 2, 200, std::string(200, '\xff'));
  CHECK(MessageOf("a.webp", AnimatedWebp(kSize, {LosslessWebp(), frame})) ==
        "a.webp: a damaged WebP image: it cannot be decoded");
}

TEST_CASE("A BMP of run lengths is walked to its end") {
  // Four pixels, the end of the row, three pixels as they are and a byte of padding, one, the end.
  const std::string_view runs = "\4\7\0\0\0\3\1\2\3\0\1\5\0\1"sv;
  const Seen seen = See("a.bmp", RunLengthBmp(runs));
  CHECK_FALSE(seen.finding.has_value());
  CHECK(seen.size.value() == ImageSize{4, 2});
  for (size_t length = 0; length < runs.size(); ++length) {
    INFO(length);
    CHECK(MessageOf("a.bmp", RunLengthBmp(runs.substr(0, length))) ==
          "a.bmp: a BMP image that is cut short");
  }
  for (const std::string_view wrong : {"\5\7\0\1"sv, "\0\2\0\2\0\1"sv, "\0\0\0\0\1\7"sv}) {
    CHECK(MessageOf("a.bmp", RunLengthBmp(wrong)) ==
          "a.bmp: a damaged BMP image: it cannot be decoded");
  }
}

TEST_CASE("A BMP is read whichever way its rows go, and refused with a header that cannot be") {
  const std::string bytes = Encoded(".bmp");
  const auto with = [&bytes](size_t at, const std::string& number) {
    return std::string(bytes).replace(at, number.size(), number);
  };
  const Seen downwards =
      See("a.bmp", with(22, LittleEndian(static_cast<uint32_t>(-kSize.height), 4)));
  CHECK_FALSE(downwards.finding.has_value());
  CHECK(downwards.size.value() == kSize);
  const std::string damaged = "a.bmp: a damaged BMP image: it cannot be decoded";
  CHECK(MessageOf("a.bmp", with(14, LittleEndian(13, 4))) == damaged);          // header's length
  CHECK(MessageOf("a.bmp", with(18, LittleEndian(0, 4))) == damaged);           // width
  CHECK(MessageOf("a.bmp", with(22, LittleEndian(0x80000000, 4))) == damaged);  // height
  CHECK(MessageOf("a.bmp", with(28, LittleEndian(7, 2))) == damaged);           // bits
  CHECK(MessageOf("a.bmp", with(30, LittleEndian(4, 4))) == damaged);           // compression
  CHECK(MessageOf("a.bmp", with(10, LittleEndian(20, 4))) == damaged);          // where pixels are
  CHECK(MessageOf("a.bmp", with(10, LittleEndian(4'000'000'000, 4))).ends_with("cut short"));
}

}  // namespace
}  // namespace flywheel

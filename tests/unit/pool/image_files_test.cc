#include "pool/images/image_files.h"

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "base/io/files.h"
#include "pool/images/image_sizes.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/pool/made_images.h"

namespace flywheel {
namespace {

using testing::MadeGif;
using testing::TempDir;

void Picture(const std::string& path, int width, int height) {
  cv::Mat pixels(height, width, CV_8UC3);
  cv::randu(pixels, 0, 255);
  REQUIRE(cv::imwrite(path, pixels));
}

std::string ErrorOf(const std::string& root, const std::string& image) {
  return ReadImageSize(root, image).status().message();
}

ImageProblem ProblemOf(const std::string& root, const std::string& image) {
  const std::optional<ImageFinding> finding = CheckImageFile(root, image);
  REQUIRE(finding.has_value());
  CHECK(finding->message.find(image) != std::string::npos);
  return finding->problem;
}

TEST_CASE("Images of five forms have a size and nothing wrong with them") {
  const TempDir folder;
  for (const char* name : {"a.jpg", "b.JPEG", "c.png", "d.webp", "e.bmp"}) {
    INFO(name);
    Picture(folder / name, 31, 17);
    const Result<ImageSize> size = ReadImageSize(folder.path(), name);
    REQUIRE(size.ok());
    CHECK(*size == ImageSize{31, 17});
    CHECK_FALSE(CheckImageFile(folder.path(), name).has_value());
  }
  REQUIRE(WriteFile(folder / "f.gif", MadeGif({{7, 5}})).ok());
  CHECK(ReadImageSize(folder.path(), "f.gif").value() == ImageSize{7, 5});
  CHECK_FALSE(CheckImageFile(folder.path(), "f.gif").has_value());
}

TEST_CASE("The size is that of the stored pixels, whatever the orientation says") {
  const TempDir folder;
  Picture(folder / "a.jpg", 30, 20);
  std::string bytes = ReadFile(folder / "a.jpg").value();
  // EXIF with one entry: orientation (0x0112), a short, 6: turn by 90 degrees.
  const std::string exif(
      "\xff\xe1\x00\x22"
      "Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
      36);
  bytes.insert(2, exif);
  REQUIRE(WriteFile(folder / "turned.jpg", bytes).ok());
  CHECK(cv::imread(folder / "turned.jpg").cols == 20);  // the entry is understood by others
  CHECK(ReadImageSize(folder.path(), "turned.jpg").value() == ImageSize{30, 20});
}

TEST_CASE("A missing image is named, and a misspelled folder is pointed out") {
  const TempDir folder;
  CHECK(ErrorOf(folder.path(), "flickr30k/1.jpg") ==
        "read " + (folder / "flickr30k/1.jpg") + ": No such file or directory");
  REQUIRE(MakeDirectories(folder / "filckr30k").ok());
  CHECK(ErrorOf(folder.path(), "flickr30k/1.jpg") ==
        "read " + (folder / "flickr30k/1.jpg") + ": No such file or directory; there is a folder " +
            (folder / "filckr30k") +
            " (DataOptim's README once misspelled it): rename it to 'flickr30k'");
  CHECK(ProblemOf(folder.path(), "flickr30k/1.jpg") == ImageProblem::kMissing);
  REQUIRE(MakeDirectories(folder / "flickr30k").ok());
  CHECK(ErrorOf(folder.path(), "flickr30k/1.jpg").find("folder") == std::string::npos);
}

TEST_CASE("Damaged images and other files are found out") {
  const TempDir folder;
  for (const char* name : {"a.jpg", "b.png", "c.webp", "d.bmp"}) {
    INFO(name);
    Picture(folder / name, 64, 48);
    const std::string bytes = ReadFile(folder / name).value();
    REQUIRE(WriteFile(folder / name, bytes.substr(0, bytes.size() * 9 / 10)).ok());
    CHECK(ProblemOf(folder.path(), name) == ImageProblem::kUndecodable);
  }
  const std::string gif = MadeGif({{7, 5}});
  REQUIRE(WriteFile(folder / "e.gif", gif.substr(0, gif.size() - 3)).ok());
  CHECK(ProblemOf(folder.path(), "e.gif") == ImageProblem::kUndecodable);
  REQUIRE(WriteFile(folder / "f.jpg", "<html>not found</html>").ok());
  CHECK(ErrorOf(folder.path(), "f.jpg") ==
        (folder / "f.jpg") +
            ": expected an image (JPEG, PNG, WebP, GIF or BMP), found other bytes");
  REQUIRE(WriteFile(folder / "g.jpg", "").ok());
  CHECK(ErrorOf(folder.path(), "g.jpg").ends_with("found an empty file"));
  CHECK(ProblemOf(folder.path(), "g.jpg") == ImageProblem::kUndecodable);
  REQUIRE(WriteFile(folder / "h.png", "\x89PNG\r\n\x1a\nno more").ok());
  CHECK(ErrorOf(folder.path(), "h.png") ==
        (folder / "h.png") + ": a damaged PNG image: it cannot be decoded");
}

TEST_CASE("A name that says another form than the bytes is found out, but has a size") {
  const TempDir folder;
  Picture(folder / "a.png", 9, 8);
  REQUIRE(WriteFile(folder / "b.jpg", ReadFile(folder / "a.png").value()).ok());
  const std::optional<ImageFinding> finding = CheckImageFile(folder.path(), "b.jpg");
  REQUIRE(finding.has_value());
  CHECK(finding->problem == ImageProblem::kWrongExtension);
  CHECK(finding->message == (folder / "b.jpg") + ": the name says JPEG, the bytes are PNG");
  CHECK(ReadImageSize(folder.path(), "b.jpg").value() == ImageSize{9, 8});
  CHECK(ImageProblemName(finding->problem) == "wrong_extension");
}

TEST_CASE("A name that leads out of the images folder is refused before anything is opened") {
  const TempDir folder;
  Picture(folder / "a.png", 9, 8);
  REQUIRE(MakeDirectories(folder / "root").ok());
  for (const std::string& name : {std::string("../a.png"), std::string("/a.png"),
                                  std::string("x/../../a.png"), folder / "a.png"}) {
    INFO(name);
    CHECK(ErrorOf(folder / "root", name) ==
          "image '" + name + "': expected a path below the images folder, without '..'");
    CHECK(ProblemOf(folder / "root", name) == ImageProblem::kOutsideRoot);
  }
  CHECK(CheckImageFile(folder / "root", "")->problem == ImageProblem::kOutsideRoot);
}

TEST_CASE("An image is opened once, and not at all when its size is known") {
  const TempDir folder;
  Picture(folder / "a.png", 9, 8);
  REQUIRE(WriteFile(folder / "sizes.jsonl",
                    "{\"image\":\"b.png\",\"width\":640,\"height\":480,\"sha\":\"x\"}\n")
              .ok());
  ImageSizes sizes(folder.path());
  REQUIRE(sizes.AddKnown(folder / "sizes.jsonl").ok());
  for (int i = 0; i < 3; ++i) {
    CHECK(sizes.SizeOf("a.png").value() == ImageSize{9, 8});
    CHECK(sizes.SizeOf("b.png").value() == ImageSize{640, 480});
  }
  CHECK(sizes.opened() == 1);
  CHECK(sizes.SizeOf("c.png").status().code() == StatusCode::kNotFound);
  ImageSizes known_only("");
  CHECK(known_only.SizeOf("a.png").status().message() ==
        "image 'a.png': its size is not among the known ones, and no images folder was given");
}

TEST_CASE("A size that cannot be is refused with its file and record") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "sizes.json",
                    R"([{"image":"a","width":1,"height":2},{"image":"b","width":0,"height":2}])")
              .ok());
  CHECK(ImageSizes("").AddKnown(folder / "sizes.json").message() ==
        (folder / "sizes.json") + ": record 2: size.width: expected 1 to 65535 pixels, found 0");
}

}  // namespace
}  // namespace flywheel

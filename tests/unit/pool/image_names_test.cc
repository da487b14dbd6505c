#include "pool/formats/image_names.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <set>

namespace flywheel {
namespace {

TEST_CASE("A path that leads out of its folder is refused") {
  for (const char* fine : {"a.jpg", "coco/train/a.jpg", "..a/b..", "a/./b.jpg", "Größe/猫.png"}) {
    CHECK(CheckImagePath(fine).ok());
  }
  const auto error = [](std::string_view path) { return CheckImagePath(path).message(); };
  CHECK(error("") == "expected the path of an image, found none");
  CHECK(error("../a.jpg") == "'../a.jpg' leads out of the image folder");
  CHECK(error("a/../../b") == "'a/../../b' leads out of the image folder");
  CHECK(error("a/..") == "'a/..' leads out of the image folder");
  CHECK(error("/a") == "'/a' is absolute; expected a path below the image folder");
  CHECK(error("a/") == "'a/' names a folder; expected a file");
  CHECK(error(std::string_view("a\0b", 3)) == "holds a NUL byte");
  CHECK(error(std::string(5000, 'a')).ends_with("is longer than 4095 bytes"));
  CHECK(error("b/" + std::string(256, 'a')).ends_with("has a name longer than 255 bytes"));
}

TEST_CASE("The first bytes of an image tell its extension") {
  CHECK(ImageExtension("\xff\xd8\xff\xe0") == ".jpg");
  CHECK(ImageExtension("\x89PNG\r\n\x1a\n....") == ".png");
  CHECK(ImageExtension("GIF89a") == ".gif");
  CHECK(ImageExtension("RIFF....WEBPVP8 ") == ".webp");
  CHECK(ImageExtension("RIFF....WAVE") == "");
  CHECK(ImageExtension("BM..") == ".bmp");
  CHECK(ImageExtension("") == "");
}

TEST_CASE("A plain id is the name of its image") {
  ImageNames names;
  CHECK(names.Take("000123", ".jpg") == "000123.jpg");
  CHECK(names.Take("a-B_c.d", ".PNG") == "a-B_c.d.png");
  CHECK(names.Take("x", ".exe") == "x.jpg");
  CHECK(names.Take("y", "") == "y.jpg");
}

TEST_CASE("Ids that are no file names get a digest, and different ids different names") {
  ImageNames names;
  std::set<std::string> seen;
  const std::vector<std::string> ids{"a/b",
                                     "a_b",
                                     "a\\b",
                                     "../../etc/passwd",
                                     "..",
                                     ".",
                                     ".hidden",
                                     "-rf",
                                     "",
                                     " ",
                                     std::string("a\0b", 3),
                                     std::string("a\0", 2),
                                     "a",
                                     "Größe",
                                     "Grösse",
                                     std::string(181, 'x'),
                                     std::string(182, 'x'),
                                     std::string(5000, 'x'),
                                     std::string(5000, '/'),
                                     "a\nb",
                                     "a_b-2"};
  for (const std::string& id : ids) {
    const std::string name = names.Take(id, ".jpg");
    INFO(id << " -> " << name);
    CHECK(seen.insert(name).second);
    CHECK(name.size() <= 200);
    CHECK(name[0] != '.');
    CHECK(name[0] != '-');
    CHECK(name.ends_with(".jpg"));
    for (const char c : name) {
      const bool plain =
          std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
      CHECK(plain);
    }
  }
}

TEST_CASE("A name that is taken gets a number that nobody has, whatever the case") {
  ImageNames names;
  CHECK(names.Take("a", ".jpg") == "a.jpg");
  CHECK(names.Take("a-2", ".jpg") == "a-2.jpg");
  CHECK(names.Take("a", ".jpg") == "a-3.jpg");
  CHECK(names.Take("A", ".JPG") == "A-4.jpg");
  CHECK(names.Take("a", ".png") == "a.png");
  std::set<std::string> seen;
  ImageNames again;
  for (int i = 0; i < 20000; ++i) CHECK(seen.insert(again.Take("same", ".jpg")).second);
}

TEST_CASE("The same ids in the same order get the same names") {
  ImageNames first, second;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i % 300) + (i % 7 == 0 ? "/x" : "");
    CHECK(first.Take(id, ".jpg") == second.Take(id, ".jpg"));
  }
}

}  // namespace
}  // namespace flywheel

#include "pool/boxes/box_files.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

Result<ImageSize> Photo(const std::string& image) {
  if (image == "a.jpg") return ImageSize{640, 480};
  return NotFound("no image " + image);
}

constexpr const char* kLines =
    "{\"id\":\"1\",\"image\":\"a.jpg\",\"conversations\":[{\"value\":\"[0,0,1,1]\"}]}\n"
    "{\"id\":\"2\",\"image\":\"a.jpg\",\"conversations\":[{\"value\":\"none\"}]}\n";

// As Python's json.dump(rows, indent=4) writes it.
constexpr const char* kPython = R"([
    {
        "id": "1",
        "image": "a.jpg",
        "conversations": [
            {
                "value": "[0.0, 0.0, 1.0, 1.0]; [0.0, 0.106, 0.827, 1.0]"
            }
        ]
    },
    {
        "id": "2",
        "conversations": []
    }
])";

BoxFileOptions Options(const TempDir& folder, BoxSpace to) {
  BoxFileOptions options;
  options.in = folder / "in";
  options.out = folder / "out";
  options.to = to;
  options.size_of = Photo;
  return options;
}

TEST_CASE("Lines stay lines") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "in", kLines).ok());
  const auto summary = ConvertBoxFile(Options(folder, BoxSpace::kSquarePadded));
  INFO(summary.status().message());
  REQUIRE(summary.ok());
  CHECK(*summary == BoxFileSummary{2, 1, 1});
  CHECK(
      ReadFile(folder / "out").value() ==
      "{\"id\":\"1\",\"image\":\"a.jpg\",\"conversations\":[{\"value\":\"[0.0,0.125,1.0,0.875]\"}]"
      ",\"box_space\":\"square\"}\n"
      "{\"id\":\"2\",\"image\":\"a.jpg\",\"conversations\":[{\"value\":\"none\"}]}\n");
}

TEST_CASE("An array of Python's keeps its layout, to the byte but for what is converted") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "in", kPython).ok());
  REQUIRE(ConvertBoxFile(Options(folder, BoxSpace::kSquarePadded)).value().boxes == 2);
  std::string expected = kPython;
  const std::string before = "[0.0, 0.0, 1.0, 1.0]; [0.0, 0.106, 0.827, 1.0]";
  expected.replace(expected.find(before), before.size(),
                   "[0.0, 0.125, 1.0, 0.875]; [0.0, 0.205, 0.827, 0.875]");
  const std::string end = "        ]\n    },";
  expected.replace(expected.find(end), end.size(),
                   "        ],\n        \"box_space\": \"square\"\n    },");
  CHECK(ReadFile(folder / "out").value() == expected);
}

TEST_CASE("A second run and a run on the file itself change nothing more") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "in", kPython).ok());
  BoxFileOptions options = Options(folder, BoxSpace::kSquarePadded);
  options.out = options.in;
  REQUIRE(ConvertBoxFile(options).ok());
  const std::string once = ReadFile(folder / "in").value();
  CHECK(ConvertBoxFile(options).value() == BoxFileSummary{2, 0, 0});
  CHECK(ReadFile(folder / "in").value() == once);
}

TEST_CASE("A bad record or an unknown image ends it with file and record, and no file is written") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "in", std::string(kLines) + "{\"id\":}\n").ok());
  REQUIRE(WriteFile(folder / "out", "old").ok());
  const Status bad = ConvertBoxFile(Options(folder, BoxSpace::kSquarePadded)).status();
  CHECK(bad.message().starts_with((folder / "in") + ":3: record 3: not valid JSON: "));
  REQUIRE(WriteFile(folder / "in", R"([{"image":"b.jpg","conversations":[{"value":"[0,0,1,1]"}]}])")
              .ok());
  CHECK(ConvertBoxFile(Options(folder, BoxSpace::kSquarePadded)).status().message() ==
        (folder / "in") + ": record 1: no image b.jpg");
  REQUIRE(WriteFile(folder / "in", "[{\"conversations\":[]},").ok());
  CHECK(ConvertBoxFile(Options(folder, BoxSpace::kSquarePadded)).status().message() ==
        (folder / "in") + ": the file ends within the array, after 1 records");
  CHECK(ReadFile(folder / "out").value() == "old");
  const std::filesystem::directory_iterator entries(folder.path());
  CHECK(std::distance(begin(entries), end(entries)) == 2);
}

TEST_CASE("An empty array stays one, and progress counts the bytes of records") {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "in", " [ ]\n").ok());
  REQUIRE(ConvertBoxFile(Options(folder, BoxSpace::kOriginal)).ok());
  CHECK(ReadFile(folder / "out").value() == "[]");
  REQUIRE(WriteFile(folder / "in", kLines).ok());
  BoxFileOptions options = Options(folder, BoxSpace::kSquarePadded);
  int64_t seen = 0;
  options.progress = [&seen](int64_t bytes) {
    seen = bytes;
    return OkStatus();
  };
  REQUIRE(ConvertBoxFile(options).ok());
  CHECK(seen == static_cast<int64_t>(std::string(kLines).size()) - 2);
}

}  // namespace
}  // namespace flywheel

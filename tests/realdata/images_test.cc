// The photographs of the real-data folder through the pool's image decoders.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/io/files.h"
#include "base/io/json.h"
#include "pool/images/image_files.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::RealData;

TEST_CASE("real photographs are whole and have the sizes that COCO says") {
  const std::string root = RealData("coco");
  if (root.empty()) return;
  const nlohmann::json instances =
      ParseJson(ReadFile(root + "/instances.json").value(), "instances").value();
  CHECK(instances["images"].size() == 124);
  for (const nlohmann::json& image : instances["images"]) {
    const std::string name = image["file_name"];
    INFO(name);
    const Result<ImageSize> size = ReadImageSize(root + "/images", name);
    REQUIRE(size.ok());
    CHECK(*size == ImageSize{image["width"], image["height"]});
    CHECK_FALSE(CheckImageFile(root + "/images", name).has_value());
  }
}

TEST_CASE("real photographs without their last tenth are found out, and have their sizes") {
  const std::string root = RealData("coco");
  if (root.empty()) return;
  const testing::TempDir folder;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/images")) {
    const std::string name = entry.path().filename();
    INFO(name);
    const std::string bytes = ReadFile(entry.path()).value();
    REQUIRE(WriteFile(folder / name, bytes.substr(0, bytes.size() / 10 * 9)).ok());
    const std::optional<ImageFinding> finding = CheckImageFile(folder.path(), name);
    REQUIRE(finding.has_value());
    CHECK(finding->message == (folder / name) + ": a JPEG image that is cut short");
    CHECK(ReadImageSize(folder.path(), name).value() ==
          ReadImageSize(root + "/images", name).value());
  }
}

}  // namespace
}  // namespace flywheel

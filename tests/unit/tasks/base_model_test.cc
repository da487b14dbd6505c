#include "workers/prepare/base_model.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "tests/unit/tasks/small_model.h"
#include "tests/unit/tasks/temporary_task.h"

namespace flywheel {
namespace {

std::string ErrorOf(const testing::TempDir& folder) {
  const Status status = CopyBaseModel(folder / "base", folder / "copy");
  CHECK(status.code() == StatusCode::kInvalidArgument);
  return status.message();
}

TEST_CASE("A base model is copied byte for byte, and only what belongs to a model") {
  const testing::TempDir folder;
  WriteSmallModel(folder / "base");
  WriteText(folder / "base/README.md", "how it was made");
  REQUIRE(CopyBaseModel(folder / "base", folder / "copy").ok());
  std::map<std::string, std::string> expected = ReadTree(folder / "base");
  expected.erase("README.md");
  CHECK(ReadTree(folder / "copy") == expected);
}

TEST_CASE("A base model may come without a base mixture") {
  const testing::TempDir folder;
  WriteSmallModel(folder / "base");
  std::filesystem::remove(folder / "base/base_mixture.json");
  REQUIRE(CopyBaseModel(folder / "base", folder / "copy").ok());
  CHECK(ReadTree(folder / "copy").size() == 3);
}

TEST_CASE("A base model that lacks a part is refused with the part's name") {
  const std::string part = GENERATE("config.json", "model.safetensors", "tokenizer.model");
  const testing::TempDir folder;
  WriteSmallModel(folder / "base");
  std::filesystem::remove((folder / "base/") + part);
  CHECK(ErrorOf(folder) == "model.base: " + (folder / "base") + " has no " + part);
}

TEST_CASE("A base model that is not there is refused") {
  const testing::TempDir folder;
  CHECK(ErrorOf(folder) ==
        "model.base: expected a folder, found none at '" + (folder / "base") + "'");
}

TEST_CASE("Parts that are not what their names say are refused") {
  const testing::TempDir folder;
  WriteSmallModel(folder / "base");
  const std::string weights = ReadText(folder / "base/model.safetensors");

  WriteText(folder / "base/model.safetensors", weights.substr(0, weights.size() - 3));
  CHECK(ErrorOf(folder) == "model.base: " + (folder / "base/model.safetensors") +
                               ": its tensors take 16 bytes, found 13");
  WriteText(folder / "base/model.safetensors", "version https://example.org/spec/v1\n");
  CHECK(ErrorOf(folder) == "model.base: " + (folder / "base/model.safetensors") +
                               ": expected a safetensors file, found 36 bytes that do not hold its "
                               "header");
  WriteText(folder / "base/model.safetensors", weights);
  WriteText(folder / "base/config.json", "[]");
  CHECK(ErrorOf(folder) ==
        "model.base: " + (folder / "base/config.json") + ": expected an object, found array");
  WriteText(folder / "base/config.json", "");
  CHECK(ErrorOf(folder) == "model.base: " + (folder / "base/config.json") + ": is empty");
}

}  // namespace
}  // namespace flywheel

#include "workers/llava/safetensors.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/llava/tiny_model.h"

namespace flywheel::llava {
namespace {

using testing::TempDir;

std::string FileOf(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  return bytes + header + data;
}

std::string Refusal(const std::string& bytes) {
  const TempDir folder;
  REQUIRE(WriteFile(folder / "a.safetensors", bytes).ok());
  const auto file = SafetensorsFile::Open(folder / "a.safetensors");
  REQUIRE_FALSE(file.ok());
  CHECK(file.status().code() == StatusCode::kInvalidArgument);
  CHECK_THAT(file.status().message(), Catch::Contains("a.safetensors"));
  return file.status().message();
}

TEST_CASE("Tensors survive the way to a file and back, rounded to their type") {
  const TempDir folder;
  const std::vector<float> values = {0.0F, 1.0F, -2.5F, 0.333333F, 60000.0F, 1e-7F};
  SafetensorsWriter writer;
  writer.Add("single", TensorType::kF32, {2, 3}, values);
  writer.Add("half", TensorType::kF16, {3, 2}, values);
  writer.Add("brain", TensorType::kBF16, {6}, values);
  writer.SetMetadata("run", "seven");
  const std::string path = folder / "a.safetensors";
  REQUIRE(writer.Write(path).ok());
  const auto file = SafetensorsFile::Open(path);
  INFO(file.status().ToString());
  REQUIRE(file.ok());
  CHECK(file->metadata().at("run") == "seven");
  std::vector<float> read(6);
  REQUIRE(file->ReadFloats("single", {2, 3}, read).ok());
  CHECK(read == values);
  REQUIRE(file->ReadFloats("half", {3, 2}, read).ok());
  for (size_t i = 0; i < 6; ++i) CHECK(read[i] == Approx(values[i]).epsilon(1e-3).margin(1e-7));
  REQUIRE(file->ReadFloats("brain", {6}, read).ok());
  for (size_t i = 0; i < 6; ++i) CHECK(read[i] == Approx(values[i]).epsilon(8e-3));
}

TEST_CASE("Reading a tensor names what does not fit") {
  const TempDir folder;
  std::vector<float> values = {1.0F, std::numeric_limits<float>::quiet_NaN()};
  SafetensorsWriter writer;
  writer.Add("weight", TensorType::kF32, {2}, values);
  REQUIRE(writer.Write(folder / "a.safetensors").ok());
  const auto file = SafetensorsFile::Open(folder / "a.safetensors");
  REQUIRE(file.ok());
  CHECK_THAT(file->ReadFloats("bias", {2}, values).message(),
             Catch::Contains("\"bias\" is missing"));
  CHECK_THAT(file->ReadFloats("weight", {1, 2}, values).message(),
             Catch::Contains("has shape [2], expected [1, 2]"));
  CHECK_THAT(file->ReadFloats("weight", {2}, values).message(), Catch::Contains("nan at 1"));
}

TEST_CASE("A damaged file is refused with the tensor and the reason") {
  const std::string eight(8, '\0');
  const std::string good = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  CHECK_THAT(Refusal("short"), Catch::Contains("too short"));
  CHECK_THAT(Refusal(FileOf(good, eight).substr(0, 20)), Catch::Contains("the header claims"));
  CHECK_THAT(Refusal(FileOf("{\"w\":", eight)), Catch::Contains("1"));
  CHECK_THAT(Refusal(FileOf("[]", "")), Catch::Contains("no JSON object"));
  CHECK_THAT(Refusal(FileOf(good, eight + "x")), Catch::Contains("9 bytes of data"));
  CHECK_THAT(Refusal(FileOf(good, "1234")), Catch::Contains("4 bytes of data"));
  CHECK_THAT(Refusal(FileOf(R"({"w":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", eight)),
             Catch::Contains("\"w\" has type I64"));
  CHECK_THAT(Refusal(FileOf(R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", eight)),
             Catch::Contains("needs 12"));
  CHECK_THAT(Refusal(FileOf(R"({"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", eight)),
             Catch::Contains("list of sizes"));
  CHECK_THAT(
      Refusal(FileOf(
          R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", eight)),
      Catch::Contains("\"w\""));
  CHECK_THAT(Refusal(FileOf(R"({"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                            R"("w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                            eight)),
             Catch::Contains("begins at byte 0, expected 4"));
}

TEST_CASE("A model survives the way to a folder and back, and equal models give equal files") {
  for (const LlavaConfig& config : {SmallConfig(), PublishedConfig()}) {
    const TempDir folder;
    const auto model = LlavaModel::Create(config, 3);
    REQUIRE(MakeDirectories(folder / "a").ok());
    REQUIRE(MakeDirectories(folder / "b").ok());
    REQUIRE(model->Save(folder / "a").ok());
    const auto loaded = LlavaModel::Load(folder / "a");
    INFO(loaded.status().ToString());
    REQUIRE(loaded.ok());
    REQUIRE((*loaded)->Save(folder / "b").ok());
    CHECK(*ReadFile(folder / "a/model.safetensors") == *ReadFile(folder / "b/model.safetensors"));
    CHECK(*ReadFile(folder / "a/config.json") == *ReadFile(folder / "b/config.json"));
  }
}

TEST_CASE("A model folder that does not fit its configuration is refused") {
  const TempDir folder;
  REQUIRE(LlavaModel::Create(SmallConfig(), 3)->Save(folder.path()).ok());
  LlavaConfig larger = SmallConfig();
  larger.text.num_hidden_layers = 3;
  REQUIRE(WriteFile(folder / "config.json", ToJson(larger).dump()).ok());
  CHECK_THAT(LlavaModel::Load(folder.path()).status().message(),
             Catch::Contains("layers.2.input_layernorm.weight\" is missing"));
  LlavaConfig smaller = SmallConfig();
  smaller.text.num_hidden_layers = 1;
  REQUIRE(WriteFile(folder / "config.json", ToJson(smaller).dump()).ok());
  CHECK_THAT(LlavaModel::Load(folder.path()).status().message(),
             Catch::Contains("layers.1.") && Catch::Contains("has no place"));
}

}  // namespace
}  // namespace flywheel::llava

// Published training data of the real-data folder through the readers of its formats.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "pool/formats/image_names.h"
#include "pool/formats/json_records.h"
#include "pool/formats/native_captions.h"
#include "pool/formats/parquet_samples.h"
#include "pool/formats/sample_format.h"
#include "tests/support/real_data.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::RealData;

struct Counted {
  SampleFormat format = SampleFormat::kLlava;
  int rows = 0, images = 0;
  std::vector<std::string> rejects;
};

Counted ReadAll(const std::string& path) {
  Counted counted;
  counted.format = DetectSampleFormat(path).value();
  const Status status = ForEachJsonRecord(path, [&](std::string_view text, int64_t number) {
    const Result<LlavaRow> row = RowFromRecord(counted.format, text, {"real", number});
    if (!row.ok()) {
      counted.rejects.push_back(row.status().message());
      return OkStatus();
    }
    ++counted.rows;
    counted.images += row->image.empty() ? 0 : 1;
    return OkStatus();
  });
  CHECK(status.ok());
  return counted;
}

TEST_CASE("real ShareGPT records of LLaMA-Factory are read") {
  const std::string path = RealData("llava/llama_factory_mllm_demo/mllm_demo.json");
  if (path.empty()) return;
  const Counted counted = ReadAll(path);
  CHECK(counted.format == SampleFormat::kShareGpt);
  CHECK(counted.rows == 6);
  CHECK(counted.images == 6);
  CHECK(counted.rejects.empty());
}

TEST_CASE("real records with one image or none are read, those with more or with videos refused") {
  const std::string folder = RealData("llava/lmms_finetune_examples");
  if (folder.empty()) return;
  const Counted mixed = ReadAll(folder + "/single_image_has_text_only.json");
  CHECK(mixed.rows == 4);
  CHECK(mixed.images == 2);
  CHECK(ReadAll(folder + "/celeba_image_train.json").rejects.empty());
  const Counted many = ReadAll(folder + "/multi_images.json");
  CHECK(many.rejects == std::vector<std::string>{"image: a row holds at most one image, found 2",
                                                 "image: a row holds at most one image, found 4"});
  const Counted videos = ReadAll(folder + "/ego4d_video_eval.json");
  CHECK(videos.rows == 0);
  CHECK(std::set<std::string>(videos.rejects.begin(), videos.rejects.end()) ==
        std::set<std::string>{"video: a row holds text and at most one image, nothing else"});
}

TEST_CASE("real records of DataOptim's pool are LLaVA rows") {
  const std::string path = RealData("dataoptim/example-byod.json");
  if (path.empty()) return;
  const Counted counted = ReadAll(path);
  CHECK(counted.format == SampleFormat::kLlava);
  CHECK(counted.rows == 17);
  CHECK(counted.rejects.empty());
}

TEST_CASE("real files that are no training data are told apart") {
  const std::string bench = RealData("seed_bench/SEED-Bench.sample.json");
  if (bench.empty()) return;
  CHECK(DetectSampleFormat(bench).status().message().find("no known format") != std::string::npos);
  const std::string demo = RealData("mllm_dataengine/gptvqa_train_data.json");
  CHECK(DetectSampleFormat(demo).status().message().find("found choices") != std::string::npos);
}

TEST_CASE("real COCO captions become rows of the images they are about") {
  const std::string path = RealData("coco/captions.json");
  if (path.empty()) return;
  CHECK(DetectSampleFormat(path).value() == SampleFormat::kCocoCaptions);
  int bears = 0;
  std::set<std::string> ids;
  const Result<NativeCounts> counts = ForEachCocoCaption(
      path, {"coco", "coco/images", 1},
      {[&](LlavaRow&& row) {
         ids.insert(row.id);
         bears += row.id == "coco_652864" && row.image == "coco/images/000000000285.jpg" &&
                  row.conversations[1].value ==
                      "A big burly grizzly bear is show with grass in the background.";
         return OkStatus();
       },
       nullptr});
  REQUIRE(counts.ok());
  CHECK(*counts == NativeCounts{480, 0, 28});
  CHECK(ids.size() == 480);
  CHECK(bears == 1);
}

TEST_CASE("real Parquet files without conversations say what they have instead") {
  const std::string folder = RealData("parquet");
  if (folder.empty()) return;
  Duck duck = Duck::Open({}).value();
  const auto error = [&](const std::string& name) {
    return ForEachParquetSample(duck, folder + "/" + name,
                                [](const ParquetSample&) { return OkStatus(); })
        .status()
        .message();
  };
  CHECK(error("sample.parquet") ==
        folder + "/sample.parquet: columns id and conversations are missing; found text (VARCHAR)");
  CHECK(error("demo-dataset-images-bytes.parquet").find("image_bytes (BLOB[])") !=
        std::string::npos);
  CHECK(DetectSampleFormat(folder + "/sample.parquet").value() == SampleFormat::kParquet);
}

TEST_CASE(
    "real pictures in Parquet columns are read row by row once the columns have their names") {
  const std::string folder = RealData("parquet");
  if (folder.empty()) return;
  Duck duck = Duck::Open({}).value();
  const testing::TempDir scratch;
  const std::string path = scratch / "next.parquet";
  REQUIRE(duck.Run("COPY (SELECT row_number() OVER ()::VARCHAR AS id, [{'from': 'human', 'value': "
                   "'<image>'}, {'from': 'gpt', 'value': text}] AS conversations, {'bytes': "
                   "image_bytes[1], 'path': images[1]} AS image FROM read_parquet(" +
                   SqlText(folder + "/demo-dataset-images-bytes.parquet") + ")) TO " +
                   SqlText(path) + " (FORMAT parquet)")
              .ok());
  std::vector<ParquetPlace> places;
  const auto listed = ForEachParquetSample(duck, path, [&](const ParquetSample& sample) {
    CHECK(sample.image == ImagePlace::kInFile);
    places.push_back({path, sample.row});
    return OkStatus();
  });
  REQUIRE(listed.ok());
  REQUIRE(places.size() == 3);
  std::vector<std::string> extensions(3);
  const auto read = [&](size_t index, const ParquetSample& sample, std::string_view image) {
    extensions[index] = std::string(ImageExtension(image)) + " of " + sample.image_extension();
    return RowFromParquet(sample, sample.id + sample.image_extension()).status();
  };
  CHECK(ReadParquetRows(duck, places, read).ok());
  CHECK(extensions == std::vector<std::string>{".png of .png", ".jpg of .jpg", ".jpg of .jpg"});
}

}  // namespace
}  // namespace flywheel

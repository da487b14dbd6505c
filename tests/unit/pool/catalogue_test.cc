#include "pool/dataoptim/catalogue.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;

std::string ShippedPath() {
  const char* source = std::getenv("FLYWHEEL_SOURCE_DIR");
  return std::string(source == nullptr ? "." : source) + "/configs/pool/dataoptim.json";
}

json Small() {
  return {{"samples", 7},
          {"readme_row_sum", 7},
          {"categories", {{"caption", "Image captioning"}}},
          {"prompt_styles", {{"caption", "short"}}},
          {"datasets",
           {{{"name", "a"},
             {"file", "a.json"},
             {"title", "A"},
             {"category", "caption"},
             {"prompt_style", "caption"},
             {"split", nullptr},
             {"samples", 7},
             {"images", nullptr},
             {"file_bytes", 700},
             {"id_prefix", nullptr},
             {"image_folders", nullptr},
             {"boxes", "none"}}}}};
}

// The message after "<path>: ".
std::string ErrorOf(const json& value) {
  const testing::TempDir folder;
  const std::string path = folder / "c.json";
  REQUIRE(WriteFile(path, value.dump()).ok());
  const Result<Catalogue> read = ReadCatalogue(path);
  REQUIRE_FALSE(read.ok());
  CHECK(read.status().code() == StatusCode::kInvalidArgument);
  REQUIRE(read.status().message().starts_with(path + ": "));
  return read.status().message().substr(path.size() + 2);
}

json With(const std::string& member, const json& value) {
  json catalogue = Small();
  catalogue["datasets"][0][member] = value;
  return catalogue;
}

TEST_CASE("The shipped catalogue has the 21 files of the pool with the published counts") {
  const Result<Catalogue> read = ReadCatalogue(ShippedPath());
  INFO(read.status().message());
  REQUIRE(read.ok());
  CHECK(read->datasets.size() == 21);
  CHECK(read->samples == 11'258'372);
  CHECK(read->readme_row_sum == 10'970'768);
  CHECK(read->samples - read->readme_row_sum == read->Find("ref3rec")->samples);
  int64_t bytes = 0;
  for (const CatalogueDataset& dataset : read->datasets) {
    CHECK(dataset.file == dataset.name + ".json");
    bytes += dataset.file_bytes;
  }
  CHECK(bytes / 10'000'000 == 700);  // the listing says 7.01 GB
  CHECK(read->Find("svit")->samples == 2'992'799);
  CHECK(read->Find("textcaps")->image_folders == std::vector<std::string>{"open_images"});
  CHECK(read->CategoryWords("gpt4v") == "GPT-4V generated");
}

TEST_CASE("The shipped catalogue says where boxes are and what they are relative to") {
  const Catalogue catalogue = ReadCatalogue(ShippedPath()).value();
  std::set<std::string> original, padded;
  for (const CatalogueDataset& dataset : catalogue.datasets) {
    if (dataset.boxes == BoxConvention::kOriginal) original.insert(dataset.name);
    if (dataset.boxes == BoxConvention::kSquarePadded) padded.insert(dataset.name);
  }
  CHECK(original == std::set<std::string>{"ref3rec", "ref3reg", "shikra", "svit"});
  CHECK(padded == std::set<std::string>{"llava_v1.5"});
}

TEST_CASE("What is not known is absent, not zero") {
  const Catalogue catalogue = ReadCatalogue(ShippedPath()).value();
  CHECK_FALSE(catalogue.Find("llava_v1.5")->id_prefix.has_value());
  CHECK(catalogue.Find("llava_v1.5")->image_folders.empty());
  CHECK(catalogue.Find("gqa")->id_prefix == "gqa");
  CHECK(catalogue.Find("llava_v1") == nullptr);
}

TEST_CASE("The catalogue in the program is the one that ships") {
  CHECK(DataOptimCatalogue().value() == ReadCatalogue(ShippedPath()).value());
}

TEST_CASE("A catalogue of one data set is read with its unknown values") {
  const testing::TempDir folder;
  REQUIRE(WriteFile(folder / "c.json", "// one\n" + Small().dump()).ok());
  const Result<Catalogue> read = ReadCatalogue(folder / "c.json");
  INFO(read.status().message());
  REQUIRE(read.ok());
  CHECK_FALSE(read->datasets[0].images.has_value());
  CHECK(read->datasets[0].split.empty());
}

TEST_CASE("An error in a catalogue names the member, the value and what was expected") {
  CHECK(ErrorOf(With("boxes", "padded")) ==
        "datasets[0].boxes: expected none, original or square_padded, found 'padded'");
  CHECK(ErrorOf(With("category", "captions")) ==
        "datasets[0].category: expected one of caption, found 'captions'");
  CHECK(ErrorOf(With("file", "data/a.json")) ==
        "datasets[0].file: expected the name of a file, found 'data/a.json'");
  CHECK(ErrorOf(With("images", 0)) == "datasets[0].images: expected a positive number, found 0");
  CHECK(ErrorOf(With("samples", "many")) ==
        "datasets[0].samples: expected a whole number, found \"many\"");
  CHECK(ErrorOf(With("sampels", 7)) == "datasets[0].sampels: unknown member");
  json missing = Small();
  missing["datasets"][0].erase("title");
  CHECK(ErrorOf(missing) == "datasets[0].title: is missing");
  json none = Small();
  none["datasets"] = json::array();
  CHECK(ErrorOf(none) == "datasets: expected an array of data sets, found none");
}

TEST_CASE("Counts that do not add up and data sets that occur twice are refused") {
  CHECK(ErrorOf(With("samples", 6)) == "samples: expected 6, the sum of the data sets, found 7");
  json twice = Small();
  twice["datasets"].push_back(twice["datasets"][0]);
  twice["samples"] = 14;
  CHECK(ErrorOf(twice) == "datasets[1]: 'a' in a.json is there already, as datasets[0]");
}

TEST_CASE("A catalogue that is not there or not JSON is named") {
  const testing::TempDir folder;
  CHECK(ReadCatalogue(folder / "none.json").status().code() == StatusCode::kNotFound);
  REQUIRE(WriteFile(folder / "cut.json", "{\"samples\": 7,").ok());
  CHECK(ReadCatalogue(folder / "cut.json")
            .status()
            .message()
            .starts_with((folder / "cut.json") + ":1:15: not valid JSON"));
}

}  // namespace
}  // namespace flywheel

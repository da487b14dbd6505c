#include "generators/world_writer.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "base/io/files.h"
#include "base/io/json.h"
#include "generators/fingerprints.h"
#include "generators/scene_graph.h"
#include "oracle.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;

std::map<std::string, std::string> FilesOf(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[std::filesystem::relative(entry.path(), folder)] = ReadFile(entry.path()).value();
  }
  return files;
}

TEST_CASE("a world is written with SEED-Bench's keys and right answers") {
  const testing::TempDir folder;
  const WorldSummary summary = WriteWorld({folder.path(), 4, 40, 90}).value();
  CHECK(summary.scenes == 40);
  CHECK(summary.questions == 90);
  const auto scenes = ReadSceneGraphs(folder / "scene_graphs.jsonl").value();
  REQUIRE(scenes.size() == 40);
  const json file = ReadJsonFile(folder / "SEED-Bench.json").value();
  CHECK(file.size() == 2);
  CHECK(file["question_type"].size() == 9);
  CHECK(file["question_type"]["Instances Counting"] == 5);
  const std::set<std::string> keys = {"answer",      "choice_a",        "choice_b",  "choice_c",
                                      "choice_d",    "data_id",         "data_type", "question",
                                      "question_id", "question_type_id"};
  std::map<int, int> types;
  std::set<std::string> ids;
  for (const json& question : file["questions"]) {
    std::set<std::string> found;
    for (const auto& [key, value] : question.items()) found.insert(key);
    CHECK(found == keys);
    CHECK(question["data_type"] == "image");
    CHECK(ids.insert(question["question_id"].get<std::string>()).second);
    ++types[question["question_type_id"].get<int>()];
    const std::string image = question["data_id"];
    CHECK(std::filesystem::exists(folder / ("images/" + image + ".png")));
    for (const char letter : {'A', 'B', 'C', 'D'}) {
      const std::string choice = question["choice_" + std::string(1, char(letter - 'A' + 'a'))];
      const auto right =
          oracle::IsRight(scenes[std::stoul(image) - 1], question["question"], choice);
      INFO(question.dump());
      CHECK(right == (question["answer"] == std::string(1, letter)));
    }
  }
  CHECK(types.size() == 9);
  for (const auto& [type, count] : types) CHECK(count == 10);
}

TEST_CASE("annotations have Visual Genome's members, and ids agree between the files") {
  const testing::TempDir folder;
  REQUIRE(WriteWorld({folder.path(), 4, 20, 0}).ok());
  const auto read = [&](const char* name) { return ReadJsonFile(folder / name).value(); };
  const json images = read("image_data.json");
  const json objects = read("objects.json");
  const json attributes = read("attributes.json");
  const json relationships = read("relationships.json");
  const json regions = read("region_descriptions.json");
  const json graphs = read("scene_graphs.json");
  const auto scenes = ReadSceneGraphs(folder / "scene_graphs.jsonl").value();
  std::set<int64_t> object_ids;
  for (size_t i = 0; i < 20; ++i) {
    CHECK(images[i]["image_id"] == i + 1);
    CHECK(images[i]["width"] == 64);
    CHECK(images[i]["coco_id"].is_null());
    CHECK(objects[i]["objects"].size() == scenes[i].objects.size() + scenes[i].texts.size());
    CHECK(attributes[i]["attributes"].size() == objects[i]["objects"].size());
    CHECK(graphs[i]["objects"].size() == objects[i]["objects"].size());
    CHECK(relationships[i]["relationships"].size() == scenes[i].relations.size());
    CHECK(regions[i]["id"] == i + 1);
    CHECK(regions[i]["regions"].size() > objects[i]["objects"].size());
    std::set<int64_t> here;
    for (const json& object : objects[i]["objects"]) {
      CHECK(object_ids.insert(object["object_id"].get<int64_t>()).second);
      here.insert(object["object_id"].get<int64_t>());
      CHECK(object["names"].size() == 1);
      CHECK(object["x"].is_number_integer());
    }
    for (const json& relation : graphs[i]["relationships"]) {
      CHECK(here.contains(relation["subject_id"].get<int64_t>()));
      CHECK(here.contains(relation["object_id"].get<int64_t>()));
    }
  }
}

TEST_CASE("equal options write equal bytes, another seed others") {
  const testing::TempDir one, same, other;
  REQUIRE(WriteWorld({one.path(), 8, 5, 9}).ok());
  REQUIRE(WriteWorld({same.path(), 8, 5, 9}).ok());
  REQUIRE(WriteWorld({other.path(), 9, 5, 9}).ok());
  CHECK(FilesOf(one.path()).size() == 13);
  CHECK(FilesOf(one.path()) == FilesOf(same.path()));
  CHECK(FilesOf(one.path()) != FilesOf(other.path()));
}

TEST_CASE("more questions than the scenes have are refused with the type") {
  const testing::TempDir folder;
  CHECK(WriteWorld({folder.path(), 1, 10, 900}).status().message().find("are wanted") !=
        std::string::npos);
  CHECK_FALSE(WriteWorld({folder.path(), 1, 0, 0}).ok());
  CHECK_FALSE(WriteWorld({folder.path(), 1, 1, -1}).ok());
  CHECK_FALSE(WriteWorld({"", 1, 1, 1}).ok());
  std::filesystem::create_directory(folder / "taken");
  REQUIRE(WriteFile(folder / "taken/images", "a file where a folder should be").ok());
  CHECK_FALSE(WriteWorld({folder / "taken", 1, 2, 2}).ok());
}

TEST_CASE("fingerprints survive their file, which holds hashes only") {
  const testing::TempDir folder;
  Fingerprints fingerprints;
  CHECK(fingerprints.Add(QuestionFingerprint("a.jpg", "what color is the star?")));
  CHECK_FALSE(fingerprints.Add(QuestionFingerprint("a.jpg", "what color is the star?")));
  CHECK(fingerprints.Add(QuestionFingerprint("b.jpg", "what color is the star?")));
  CHECK(fingerprints.Add(PictureFingerprint("bytes")));
  const std::string path = folder / "fingerprints";
  REQUIRE(fingerprints.Write(path).ok());
  CHECK(ReadFile(path)->size() == 3 * 65);
  const Fingerprints back = Fingerprints::Read(path).value();
  CHECK(back.size() == 3);
  CHECK(back.Contains(PictureFingerprint("bytes")));
  REQUIRE(WriteFile(path, "what color is the star?\n").ok());
  CHECK(Fingerprints::Read(path).status().message().find("fingerprints:1") != std::string::npos);
}

}  // namespace
}  // namespace flywheel

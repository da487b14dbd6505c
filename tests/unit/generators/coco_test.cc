#include "generators/coco.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "generators/benchmark.h"
#include "generators/questions/coco_families.h"
#include "generators/questions/question_maker.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;

json Instances() {
  return {{"images",
           {{{"id", 1}, {"file_name", "a.jpg"}, {"width", 600}, {"height", 300}},
            {{"id", 2}, {"file_name", "b.jpg"}, {"width", 300}, {"height", 300}}}},
          {"categories",
           {{{"id", 10}, {"name", "dog"}},
            {{"id", 11}, {"name", "person"}},
            {{"id", 12}, {"name", "cat"}}}},
          {"annotations",
           {{{"id", 100},
             {"image_id", 1},
             {"category_id", 10},
             {"bbox", {20, 20, 60, 50}},
             {"iscrowd", 0}},
            {{"id", 101},
             {"image_id", 1},
             {"category_id", 11},
             {"bbox", {400.5, 120, 60, 60}},
             {"iscrowd", 1},
             {"segmentation", {{1, 2, 3}}}},
            {{"id", 102}, {"image_id", 2}, {"category_id", 12}, {"bbox", {110, 110, 80, 80}}}}}};
}

json Captions() {
  return {{"annotations",
           {{{"id", 1}, {"image_id", 2}, {"caption", "A  cat sleeps.\n"}},
            {{"id", 2}, {"image_id", 1}, {"caption", "Two dogs."}}}}};
}

// A data set in a folder of its own.
class CocoFolder {
 public:
  explicit CocoFolder(const json& instances, const json& captions = Captions()) {
    std::filesystem::create_directory(folder_ / "images");
    for (const char* name : {"a.jpg", "b.jpg"}) std::ofstream(folder_ / "images/" + name) << name;
    std::ofstream(folder_ / "instances.json") << instances;
    std::ofstream(folder_ / "captions.json") << captions;
  }
  Result<std::vector<SceneGraph>> Read() const {
    return ReadCoco({folder_.path(), "images", "instances.json", "captions.json"});
  }
  const testing::TempDir& folder() const { return folder_; }

 private:
  testing::TempDir folder_;
};

// The message with which a changed data set is refused.
std::string Refusal(const std::function<void(json&)>& change) {
  json instances = Instances();
  change(instances);
  const auto scenes = CocoFolder(instances).Read();
  REQUIRE_FALSE(scenes.ok());
  return scenes.status().message();
}

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

SceneObject Thing(int64_t id, const std::string& name, const Box& box) {
  return {id, name, "", "", box, false};
}

SceneGraph Photo(const std::string& image, std::vector<SceneObject> objects,
                 std::vector<std::string> captions) {
  SceneGraph photo;
  photo.source = SceneSource::kCoco;
  photo.image = image;
  photo.width = 600;
  photo.height = 300;
  photo.objects = std::move(objects);
  photo.captions = std::move(captions);
  return photo;
}

// Everything that can be asked of the type, answers by key.
std::map<std::string, std::string> Answers(const SceneGraph& photo, int type,
                                           const std::vector<SceneGraph>& photos = {}) {
  const QuestionMaker maker(MakePhotoContext(photos));
  std::map<std::string, std::string> answers;
  for (const Candidate& one : maker.CandidatesOf(photo, type)) answers[one.key] = one.answer;
  return answers;
}

TEST_CASE("boxes, captions and crowds are read") {
  const auto scenes = CocoFolder(Instances()).Read().value();
  REQUIRE(scenes.size() == 2);
  CHECK(scenes[0].image == "images/a.jpg");
  CHECK(scenes[0].width == 600);
  CHECK(scenes[0].captions == std::vector<std::string>{"Two dogs."});
  REQUIRE(scenes[0].objects.size() == 2);
  CHECK(scenes[0].objects[0] == Thing(100, "dog", {20, 20, 60, 50}));
  CHECK(scenes[0].objects[1].crowd);
  CHECK(scenes[1].objects[0].name == "cat");
  CHECK_FALSE(scenes[1].objects[0].crowd);
}

TEST_CASE("a box without area says that something is there, but not where or how many") {
  json instances = Instances();
  instances["annotations"][0]["bbox"] = {600, 20, 0, 50};
  const auto scenes = CocoFolder(instances).Read().value();
  CHECK(scenes[0].objects[0].crowd);
  CHECK(scenes[0].objects[0].box == Box{599, 20, 1, 50});
  for (const int type : {4, 5}) CHECK_FALSE(Answers(scenes[0], type).contains("dog"));
}

TEST_CASE("the first wrong record is named with file, place and what was expected") {
  CHECK(Holds(Refusal([](json& d) { d["annotations"][1]["category_id"] = 99; }),
              "instances.json: annotations[1] (id 101): category_id 99 is not in categories"));
  CHECK(Holds(Refusal([](json& d) { d["annotations"][2]["image_id"] = 3; }),
              "annotations[2] (id 102): image_id 3 is not in images"));
  CHECK(Holds(Refusal([](json& d) {
                d["annotations"][0]["bbox"] = {1, 2, 3};
              }),
              "annotations[0] (id 100): bbox: expected [x, y, width, height]"));
  CHECK(Holds(Refusal([](json& d) {
                d["annotations"][0]["bbox"] = {1, 2, -1, 3};
              }),
              "expected a width and height of 0 or more"));
  CHECK(Holds(Refusal([](json& d) {
                d["annotations"][0]["bbox"] = {580, 2, 60, 3};
              }),
              "reaches out of a picture of 600 x 300"));
  CHECK(Holds(Refusal([](json& d) { d["annotations"][0]["iscrowd"] = 2; }), "expected 0 or 1"));
  CHECK(Holds(Refusal([](json& d) { d["annotations"][1]["id"] = 100; }), "id: comes twice"));
  CHECK(Holds(Refusal([](json& d) { d["images"][1]["file_name"] = "c.jpg"; }),
              "images[1] (id 2): there is no picture"));
  CHECK(Holds(Refusal([](json& d) { d["images"][0]["width"] = 0; }), "expected a size from 1 x 1"));
  CHECK(Holds(Refusal([](json& d) { d.erase("categories"); }), "categories: expected an array"));
}

TEST_CASE("captions of unknown images and broken files are refused") {
  json captions = Captions();
  captions["annotations"][0]["image_id"] = 77;
  CHECK(Holds(CocoFolder(Instances(), captions).Read().status().message(),
              "captions.json: annotations[0] (id 1): image_id 77 is not in images"));
  const CocoFolder coco(Instances());
  std::ofstream(coco.folder() / "instances.json") << "{\"images\": [";
  CHECK(Holds(coco.Read().status().message(), "instances.json: not valid JSON"));
  std::filesystem::remove(coco.folder() / "instances.json");
  CHECK(coco.Read().status().code() == StatusCode::kNotFound);
}

TEST_CASE("the place of a photo's only dog is asked where its box leaves no doubt") {
  const auto located = [](const Box& box) {
    return Answers(Photo("a", {Thing(1, "dog", box)}, {}), 4);
  };
  CHECK(located({20, 20, 60, 50}).at("location of dog") == "top left");
  CHECK(located({280, 220, 40, 50}).at("location of dog") == "bottom");
  CHECK(located({190, 20, 20, 50}).empty());   // centre on a border of regions
  CHECK(located({20, 20, 500, 250}).empty());  // fills the picture
  SceneGraph crowd = Photo("a", {Thing(1, "dog", {20, 20, 60, 50})}, {});
  crowd.objects[0].crowd = true;
  CHECK(Answers(crowd, 4).empty());
  const SceneGraph two =
      Photo("a", {Thing(1, "dog", {20, 20, 60, 50}), Thing(2, "dog", {400, 20, 60, 50})}, {});
  CHECK(Answers(two, 4).empty());
}

TEST_CASE("a region that the box reaches into is no wrong option") {
  // Mostly top left, a fifth of it in the top middle.
  const SceneGraph photo = Photo("a", {Thing(1, "dog", {100, 20, 125, 50})}, {});
  const QuestionMaker maker;
  for (const Candidate& one : maker.CandidatesOf(photo, 4)) {
    CHECK(one.answer == "top left");
    CHECK(std::find(one.other.begin(), one.other.end(), "top") == one.other.end());
  }
}

TEST_CASE("things are counted unless there is a crowd of them or one is tiny") {
  const Box box = {20, 20, 60, 50};
  SceneGraph photo =
      Photo("a", {Thing(1, "dog", box), Thing(2, "dog", box), Thing(3, "cat", box)}, {});
  CHECK(Answers(photo, 5) ==
        std::map<std::string, std::string>{{"count dog", "two"}, {"count cat", "one"}});
  photo.objects[0].crowd = true;
  CHECK(Answers(photo, 5) == std::map<std::string, std::string>{{"count cat", "one"}});
  photo.objects[2].box = {20, 20, 4, 4};
  CHECK(Answers(photo, 5).empty());
}

TEST_CASE("directions are asked between boxes that lie apart") {
  const auto asked = [](const Box& dog, const Box& cat) {
    return Answers(Photo("a", {Thing(1, "dog", dog), Thing(2, "cat", cat)}, {}), 6);
  };
  const auto apart = asked({20, 100, 60, 50}, {400, 120, 60, 50});
  CHECK(apart.at("dog from cat") == "to the left");
  CHECK(apart.at("cat from dog") == "to the right");
  CHECK(asked({20, 20, 60, 50}, {30, 220, 60, 50}).at("dog from cat") == "above");
  CHECK(asked({20, 20, 300, 50}, {200, 20, 300, 50}).empty());  // overlap
  CHECK(asked({20, 20, 60, 50}, {220, 210, 60, 50}).empty());   // as far down as across
}

TEST_CASE("a wrong category is neither annotated nor told of") {
  const Box box = {20, 20, 60, 50};
  const std::vector<SceneGraph> photos = {
      Photo("a", {Thing(1, "dog", box)}, {"A dog on a couch."}),
      Photo("b",
            {Thing(1, "couch", box), Thing(2, "cat", box), Thing(3, "bus", box),
             Thing(4, "cup", box), Thing(5, "bed", box)},
            {})};
  const QuestionMaker maker(MakePhotoContext(photos));
  const Candidates candidates = maker.CandidatesOf(photos[0], 2);
  REQUIRE(candidates.size() == 1);
  CHECK(candidates[0].answer == "dog");
  CHECK(candidates[0].other == std::vector<std::string>{"bed", "bus", "cat", "cup"});
}

TEST_CASE("a wrong caption names something that is not in the photo") {
  const Box box = {20, 20, 60, 50};
  const std::vector<SceneGraph> photos = {
      Photo("a", {Thing(1, "dog", box)}, {"A dog runs."}),
      Photo("b", {Thing(1, "dog", box)}, {"A happy dog."}),       // true of a as well
      Photo("c", {Thing(1, "cat", box)}, {"Something sleeps."}),  // might be true of a
      Photo("d", {Thing(1, "cat", box)}, {"Two  CATS sleep."}),
      Photo("e", {Thing(1, "bus", box), Thing(2, "dog", box)}, {"A bus and a dog."}),
      Photo("f", {Thing(1, "person", box)}, {"People walk"})};
  const QuestionMaker maker(MakePhotoContext(photos));
  const Candidates candidates = maker.CandidatesOf(photos[0], 1);
  REQUIRE(candidates.size() == 1);
  CHECK(candidates[0].answer == "a dog runs");
  CHECK(candidates[0].other ==
        std::vector<std::string>{"two cats sleep", "a bus and a dog", "people walk"});
}

TEST_CASE("types that boxes and captions cannot answer are never asked of photos") {
  const SceneGraph photo = Photo("a", {Thing(1, "dog", {20, 20, 60, 50})}, {"A dog."});
  const QuestionMaker maker(MakePhotoContext({photo}));
  for (const int type : {3, 7, 8, 9}) CHECK(maker.CandidatesOf(photo, type).empty());
}

TEST_CASE("categories have their plurals, and mentions are whole words") {
  CHECK(PluralOfCategory("person") == "people");
  CHECK(PluralOfCategory("bench") == "benches");
  CHECK(PluralOfCategory("bus") == "buses");
  CHECK(PluralOfCategory("sheep") == "sheep");
  CHECK(PluralOfCategory("traffic light") == "traffic lights");
  CHECK(MentionsCategory("two cats", "cat"));
  CHECK_FALSE(MentionsCategory("cattle", "cat"));
  CHECK_FALSE(MentionsCategory("a scat", "cat"));
}

TEST_CASE("photos go to the benchmark or to the bank, never to both") {
  std::vector<SceneGraph> photos;
  for (int i = 0; i < 20; ++i) {
    photos.push_back(Photo("images/" + std::to_string(i) + ".jpg",
                           {Thing(1, "dog", {20, 20, 60, 50}), Thing(2, "cat", {400, 120, 60, 50})},
                           {"A dog."}));
  }
  const PhotoBenchmark cut = MakePhotoBenchmark(photos, {3, 0.4, 3}).value();
  CHECK(cut.bank.size() == 12);
  CHECK(cut.benchmark.scenes.size() == 8);
  CHECK(cut.benchmark.questions.size() == 24);
  std::set<std::string> bank;
  for (const SceneGraph& photo : cut.bank) bank.insert(photo.image);
  for (const Question& question : cut.benchmark.questions)
    CHECK_FALSE(bank.contains(question.image));
  CHECK(MakePhotoBenchmark(photos, {3, 0.4, 3})->benchmark.questions == cut.benchmark.questions);
  CHECK(MakePhotoBenchmark(photos, {4, 0.4, 3})->benchmark.questions != cut.benchmark.questions);
  CHECK_FALSE(MakePhotoBenchmark(photos, {3, 0.0, 3}).ok());
  CHECK_FALSE(MakePhotoBenchmark(photos, {3, 0.01, 3}).ok());
  CHECK_FALSE(MakePhotoBenchmark({Photo("a", {}, {}), Photo("b", {}, {})}, {3, 0.5, 3}).ok());
}

}  // namespace
}  // namespace flywheel

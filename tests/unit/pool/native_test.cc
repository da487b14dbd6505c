#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "pool/formats/json_members.h"
#include "pool/formats/native_captions.h"
#include "pool/formats/native_vqa.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;

struct Files {
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
    return folder / name;
  }
  testing::TempDir folder;
};

struct Read {
  Result<NativeCounts> counts = NativeCounts{};
  std::vector<std::string> lines, rejects;
};

NativeSink SinkOf(Read* read) {
  return {[read](LlavaRow&& row) {
            read->lines.push_back(FormatLlavaRow(row));
            return OkStatus();
          },
          [read](const std::string& place, const Status& why) {
            read->rejects.push_back(place + ": " + why.message());
            return OkStatus();
          }};
}

Read Captions(const std::string& path) {
  Read read;
  read.counts = ForEachCocoCaption(path, {"coco", "coco", 1}, SinkOf(&read));
  return read;
}

Read Vqa(const std::string& questions, const std::string& annotations) {
  Read read;
  read.counts = ForEachVqaQuestion({questions, annotations}, {"vqav2", "coco", 1}, SinkOf(&read));
  return read;
}

constexpr const char* kImages =
    R"("images":[{"license":4,"file_name":"a.jpg","id":30},{"file_name":"b.jpg","id":71}])";

TEST_CASE("Captions become rows with a short instruction, in their order") {
  const Files files;
  const std::string path = files.Write(
      "captions.json",
      std::string(R"({"info":{"year":2014,"x":[1,{"y":[]}]},)") + kImages +
          R"(,"licenses":[],"annotations":[{"image_id":30,"id":9,"caption":"A bear. \n"},)"
          R"({"image_id":30,"id":4,"caption":"Another \"bear\""}]})");
  const Read read = Captions(path);
  INFO(read.counts.status().message());
  REQUIRE(read.counts.ok());
  CHECK(*read.counts == NativeCounts{2, 0, 1});
  REQUIRE(read.lines.size() == 2);
  CHECK(
      read.lines[0] ==
      R"({"id":"coco_9","image":"coco/a.jpg","conversations":[{"from":"human","value":"<image>\n)" +
          CaptionPrompt(1, "coco_9") + R"("},{"from":"gpt","value":"A bear."}]})");
  CHECK(ParseLlavaRow(read.lines[1])->conversations[1].value == "Another \"bear\"");
}

TEST_CASE("All five instructions are used about equally, and the seed chooses among them") {
  std::map<std::string, int> seen;
  int same = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string id = fmt::format("coco_{}", i);
    ++seen[CaptionPrompt(1, id)];
    same += CaptionPrompt(1, id) == CaptionPrompt(2, id) ? 1 : 0;
    CHECK(CaptionPrompt(1, id) == CaptionPrompt(1, id));
  }
  CHECK(seen.size() == 5);
  for (const auto& [prompt, count] : seen) CHECK(std::abs(count - 1000) < 150);
  CHECK(std::abs(same - 1000) < 150);
}

TEST_CASE("Annotations that stand before the images are read all the same") {
  const Files files;
  const Read read = Captions(
      files.Write("captions.json",
                  std::string(R"({"annotations":[{"image_id":71,"id":1,"caption":"A cat"}],)") +
                      kImages + "}"));
  REQUIRE(read.counts.ok());
  CHECK(read.lines.size() == 1);
}

TEST_CASE("A bad caption is rejected with its place, and the others are read") {
  const Files files;
  const std::string path = files.Write(
      "captions.json",
      std::string("{") + kImages +
          R"(,"annotations":[{"image_id":31,"id":1,"caption":"x"},{"image_id":30,"id":2},)"
          R"({"image_id":30,"id":3,"caption":" \n"},{"image_id":"30","id":4,"caption":"x"},)"
          R"({"image_id":30,"id":-5,"caption":"x"},7,{"image_id":30,"id":6,"caption":"fine"}]})");
  const Read read = Captions(path);
  REQUIRE(read.counts.ok());
  CHECK(*read.counts == NativeCounts{1, 6, 1});
  CHECK(read.rejects ==
        std::vector<std::string>{
            "annotations[0] (id 1): image_id: 31 is not among the images",
            "annotations[1] (id 2): caption: is missing",
            "annotations[2] (id 3): caption: expected a text, found none",
            "annotations[3] (id 4): image_id: expected a whole number from 0 to 2^63 - 1, found "
            "string",
            "annotations[4]: id: expected a whole number from 0 to 2^63 - 1, found -5",
            "annotations[5]: expected an object, found number"});
  NativeSink strict = {[](LlavaRow&&) { return OkStatus(); }, nullptr};
  CHECK(ForEachCocoCaption(path, {"coco", "coco", 1}, strict).status().message() ==
        path + ": annotations[0]: image_id: 31 is not among the images");
}

TEST_CASE("An image name that leads out of its folder is rejected") {
  const Files files;
  const Read read = Captions(
      files.Write("captions.json", R"({"images":[{"id":1,"file_name":"../../x.jpg"}],)"
                                   R"("annotations":[{"image_id":1,"id":2,"caption":"x"}]})"));
  CHECK(read.rejects ==
        std::vector<std::string>{
            "annotations[0] (id 2): image: 'coco/../../x.jpg' leads out of the image folder"});
}

TEST_CASE("A failure of the side that takes rows ends the reading") {
  const Files files;
  const std::string path =
      files.Write("captions.json", std::string("{") + kImages +
                                       R"(,"annotations":[{"image_id":30,"id":1,"caption":"x"}]})");
  const NativeSink full = {[](LlavaRow&&) { return ResourceExhausted("the disk is full"); },
                           nullptr};
  const Status status = ForEachCocoCaption(path, {"coco", "coco", 1}, full).status();
  CHECK(status.code() == StatusCode::kResourceExhausted);
  CHECK(status.message() == path + ": annotations[0]: the disk is full");
}

TEST_CASE("A captions file that is damaged is refused with its place") {
  const Files files;
  const auto error = [&files](const std::string& text) {
    const std::string path = files.Write("bad.json", text);
    const std::string message = Captions(path).counts.status().message();
    CHECK(message.starts_with(path + ": "));
    return message.substr(path.size() + 2);
  };
  const std::string images = std::string("{") + kImages;
  CHECK(error(images).starts_with("not valid JSON at byte"));
  CHECK(error(images + "}") == "has no annotations; found images");
  CHECK(error("{\"annotations\":[]}") == "has no images; found annotations");
  CHECK(error(images + R"(,"annotations":{}})") == "annotations: expected an array, found object");
  CHECK(error(images + R"(,"annotations":5})") == "annotations: expected an array, found number");
  CHECK(error(images + R"(,"annotations":[{"id":1,"id":2}]})") ==
        "annotations[0]: member 'id' occurs twice");
  CHECK(error(images + R"(,"annotations":[],"annotations":[]})") ==
        "member 'annotations' occurs twice");
  const std::string cut = images + R"(,"annotations":[{"image_id":30,"id":1,"capt)";
  CHECK(error(cut).starts_with(fmt::format("not valid JSON at byte {}: ", cut.size() + 1)));
  CHECK(error(images + R"(,"annotations":[]} x)").starts_with("not valid JSON at byte"));
  CHECK(error(images + R"(,"annotations":[{"caption":")" + "\xff" + "\"}]}")
            .starts_with("not valid JSON at byte"));
  CHECK(error(images + R"(,"annotations":[{"caption":")" + std::string(1, '\0') + "\"}]}")
            .starts_with("not valid JSON at byte"));
  CHECK(error(images + R"(,"annotations":[{"id":1e999}]})").find("number overflow") !=
        std::string::npos);
  CHECK(error(images + R"(,"annotations":[)" + std::string(200000, '[')) ==
        "annotations[0]: nested too deeply: expected at most 64 levels");
  CHECK(error("{\"x\":" + std::string(200000, '[')).starts_with("not valid JSON at byte"));
  CHECK(error("[]") == "expected one object, found an array");
  CHECK(error("5") == "expected one object, found another value");
  CHECK(error("").starts_with("not valid JSON at byte"));
  CHECK(error(R"({"images":[{"id":1,"file_name":"a"},{"id":1,"file_name":"b"}]})") ==
        "images[1]: id: 1 has come before");
  CHECK(Captions("/nowhere.json").counts.status().code() == StatusCode::kNotFound);
}

constexpr const char* kQuestions =
    R"({"info":{},"task_type":"Open-Ended","data_type":"mscoco","license":{"url":"x"},)"
    R"("data_subtype":"train2014","questions":[{"image_id":524286,"question":"Is that a laptop?",)"
    R"("question_id":524286005},{"image_id":524286,"question":"Why?","question_id":524286001}]})";

TEST_CASE("Questions and their answers become rows as DataOptim writes them") {
  const Files files;
  const std::string questions = files.Write("q.json", kQuestions);
  const std::string annotations = files.Write(
      "a.json",
      R"({"annotations":[{"question_id":1,)"
      R"("multiple_choice_answer":"no","answers":[{"answer":"x"}]},)"
      R"({"question_type":"is that a","multiple_choice_answer":"yes","question_id":524286005}]})");
  const Read read = Vqa(questions, annotations);
  INFO(read.counts.status().message());
  REQUIRE(read.counts.ok());
  CHECK(*read.counts == NativeCounts{1, 1, 1});
  CHECK(read.lines ==
        std::vector<std::string>{
            R"({"id":"vqav2_524286005","image":"coco/COCO_train2014_000000524286.jpg",)"
            R"("conversations":[)"
            R"({"from":"human","value":"<image>\nIs that a laptop? )"
            R"(Answer the question directly with a short sentence or phrase."},)"
            R"({"from":"gpt","value":"yes"}]})"});
  CHECK(
      read.rejects ==
      std::vector<std::string>{
          "questions[1] (id 524286001): question_id: 524286001 has no answer in the annotations"});
}

TEST_CASE("Files of questions and annotations that do not fit are refused by name") {
  const Files files;
  const std::string questions = files.Write("q.json", kQuestions);
  const std::string annotations = files.Write("a.json", R"({"annotations":[]})");
  CHECK(Vqa(annotations, questions).counts.status().message() ==
        annotations + ": has no data_subtype; found annotations");
  CHECK(Vqa(questions, questions).counts.status().message() ==
        questions +
            ": has no annotations; found info, task_type, data_type, license, data_subtype, "
            "questions");
  const std::string twice =
      files.Write("t.json", R"({"annotations":[{"question_id":1,"multiple_choice_answer":"no"},)"
                            R"({"question_id":1,"multiple_choice_answer":"yes"}]})");
  CHECK(Vqa(questions, twice).counts.status().message() ==
        twice + ": annotations[1]: question_id: 1 has come before");
  const std::string odd = files.Write("o.json", R"({"data_subtype":5,"questions":[]})");
  CHECK(Vqa(odd, annotations).counts.status().message() ==
        odd + ": data_subtype: expected a string, found number");
}

TEST_CASE("Elements of any shape come out of a member's array as they went in") {
  const Files files;
  const json elements = json::parse(
      R"([null,true,-1,2.5,"x",[],{},[[1],{"a":[{"b":null}]}],{"a":{"a":1},"b":[1,2,[3]]}])");
  const std::string path = files.Write(
      "f.json", R"({"x":[{"member":[9]}],"member":)" + elements.dump() + R"(,"y":{"member":[8]}})");
  json seen = json::array();
  const Status status = ForEachMemberElement(path, {"member", RestOfFile::kRead},
                                             [&seen](const json& element, int64_t index) {
                                               CHECK(index == static_cast<int64_t>(seen.size()));
                                               seen.push_back(element);
                                               return OkStatus();
                                             });
  INFO(status.message());
  CHECK(status.ok());
  CHECK(seen == elements);
}

}  // namespace
}  // namespace flywheel

#include "pool/index/sample_batch.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pool/boxes/boxes.h"
#include "pool/index/sample_view.h"
#include "pool/text/sample_text.h"

namespace flywheel {
namespace {

using nlohmann::json;

json Row(const std::string& id) {
  return {{"id", id},
          {"image", "coco/a.jpg"},
          {"conversations",
           {{{"from", "human"}, {"value", "<image>\nWhat is it?"}},
            {{"from", "gpt"}, {"value", "A cat."}}}}};
}

SampleBatch* Parsed(std::string text, SampleBatch* batch) {
  batch->Clear();
  const FoundRecord where{10, static_cast<int64_t>(text.size()), 7};
  text.reserve(text.size() + RecordBlock::kPadding);
  SampleParser(SampleFormat::kLlava, "set").ParseOne(text, where, batch);
  return batch;
}

// "<reason>: <message>" of a record that must be rejected.
std::string RejectionOf(const std::string& text) {
  SampleBatch batch;
  Parsed(text, &batch);
  REQUIRE(batch.size() == 0);
  REQUIRE(batch.rejected.size() == 1);
  CHECK(batch.rejected[0].offset == 10);
  CHECK(batch.rejected[0].number == 7);
  return batch.rejected[0].reason + ": " + batch.rejected[0].message;
}

std::string Edited(const std::string& pointer, const json& value) {
  json row = Row("a");
  row[json::json_pointer(pointer)] = value;
  return row.dump();
}

TEST_CASE("A sample's columns are what its record says") {
  json row = Row("x_1");
  row["conversations"].push_back(
      {{"from", "human"}, {"value", "Which?\nA. one\nB. two\nC. three"}});
  row["conversations"].push_back({{"from", "gpt"}, {"value", "At [0.1, 0.2, 0.3, 0.4]."}});
  SampleBatch batch;
  Parsed(row.dump(), &batch);
  REQUIRE(batch.size() == 1);
  CHECK(batch.offsets[0] == 10);
  CHECK(batch.lengths[0] == row.dump().size());
  CHECK(batch.ids[0] == "x_1");
  CHECK(batch.images[0] == "coco/a.jpg");
  CHECK(batch.turns[0] == 4);
  CHECK(batch.words[0] == 4 + 2 + 7 + 5);
  CHECK(batch.options[0] == 3);
  CHECK(batch.has_box[0] == 1);
  CHECK(batch.id_hashes[0] == HashOfId("x_1"));
}

TEST_CASE("The content hash is of image and turns, not of the id or other members") {
  const auto hash = [](const std::string& text) {
    SampleBatch batch;
    Parsed(text, &batch);
    REQUIRE(batch.size() == 1);
    return batch.content_hashes[0];
  };
  const uint64_t plain = hash(Row("a").dump());
  CHECK(hash(Row("b").dump()) == plain);
  CHECK(hash(Row("a").dump(4)) == plain);
  CHECK(hash(Edited("/more", 3)) == plain);
  CHECK(hash(Edited("/image", "coco/b.jpg")) != plain);
  CHECK(hash(Edited("/conversations/1/value", "A dog.")) != plain);
  json without = Row("a");
  without.erase("image");
  CHECK(hash(without.dump()) != plain);
}

TEST_CASE("Records that a trainer could not use are rejected with reason and place") {
  CHECK(RejectionOf("{\"id\":").starts_with("not_json: is not valid JSON: "));
  CHECK(RejectionOf("[1]") == "not_object: expected an object, found an array");
  CHECK(RejectionOf(R"({"id":"a"})") ==
        "no_turns: conversations: expected at least a question and an answer");
  CHECK(RejectionOf(Edited("/conversations", "x")) ==
        "no_turns: conversations: expected an array of turns, found a string");
  CHECK(RejectionOf(Edited("/id", 1.5)) == "bad_id: id: expected a string, found a number");
  CHECK(RejectionOf(Edited("/id", nullptr)) == "bad_id: id: expected a string, found null");
  CHECK(RejectionOf(Edited("/id", "a\nb")) ==
        "bad_id: id: expected no control characters, found one");
  CHECK(RejectionOf(Edited("/id", std::string(2000, 'a'))) ==
        "bad_id: id: expected 1 to 1024 bytes, found 2000");
  CHECK(RejectionOf(Edited("/image", "")) ==
        "empty_image: image: is empty; a row without an image leaves the member out");
  CHECK(RejectionOf(Edited("/image", json::array({"a", "b"}))) ==
        "several_images: image: expected one path, found an array");
  CHECK(RejectionOf(Edited("/image", 3)) == "bad_image: image: expected a string, found a number");
  CHECK(RejectionOf(Edited("/conversations/1/from", "assistant")) ==
        "roles: conversations[1].from: expected \"gpt\", found \"assistant\"");
  CHECK(RejectionOf(Edited("/conversations/1/value", 3)) ==
        "bad_turn: conversations[1]: expected the strings \"from\" and \"value\", value is missing "
        "or no string");
  CHECK(RejectionOf(Edited("/conversations/1", 3)) ==
        "bad_turn: conversations[1]: expected an object, found a number");
  json question = Row("a");
  question["conversations"].erase(1);
  CHECK(RejectionOf(question.dump()) == "no_answer: conversations: expected an answer, found none");
}

TEST_CASE("Image paths that lead out of the root are rejected, those that stay inside are not") {
  for (const char* path : {"/etc/passwd", "..", "../a.jpg", "a/../../b.jpg", "./../a",
                           "a/./../..//x", "a/b/../c.jpg"}) {
    INFO(path);
    const std::string rejection = RejectionOf(Edited("/image", path));
    CHECK(rejection.starts_with("image_outside_root: image: '" + std::string(path) + "'"));
  }
  CHECK(RejectionOf(Edited("/image", std::string("a\0b", 3))).starts_with("image_outside_root"));
  for (const char* path : {"a.jpg", "./a.jpg", "a//b.jpg", "..a/b..jpg"}) {
    INFO(path);
    SampleBatch batch;
    CHECK(Parsed(Edited("/image", path), &batch)->size() == 1);
  }
}

TEST_CASE("Ids with slashes, dots, colons and leading zeros are kept as they are") {
  for (const char* id : {"a/b", "../x", "007", "coco:x#2", "\xc3\xbc", "a b"}) {
    SampleBatch batch;
    Parsed(Row(id).dump(), &batch);
    REQUIRE(batch.size() == 1);
    CHECK(batch.ids[0] == id);
  }
  SampleBatch batch;
  Parsed(Edited("/id", 42), &batch);
  CHECK(batch.ids.at(0) == "42");
  json without = Row("a");
  without.erase("id");
  Parsed(without.dump(), &batch);
  CHECK(batch.ids.at(0) == "set_7");
}

TEST_CASE("Bytes that are not text are rejected: NUL, invalid UTF-8, half a surrogate") {
  CHECK(RejectionOf(std::string("{\"id\":\"a\0b\"}", 12)).starts_with("not_json"));
  CHECK(RejectionOf("{\"id\":\"\xff\xfe\"}") == "bad_utf8: is not valid UTF-8");
  CHECK(RejectionOf(R"({"id":"\ud800"})").starts_with("not_json"));
}

TEST_CASE("A nest of 200,000 levels is rejected in every format") {
  const std::string nest = "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  CHECK(RejectionOf(nest) == "too_deep: is nested deeper than 1,024 levels");
  for (const SampleFormat format : {SampleFormat::kShareGpt, SampleFormat::kEngine}) {
    SampleViewReader reader(format, "set");
    std::string text = nest;
    text.reserve(text.size() + RecordBlock::kPadding);
    const auto wrong = reader.Read(text, 1);
    REQUIRE(wrong.has_value());
    CHECK(wrong->message.find("nested too deeply") != std::string::npos);
  }
}

TEST_CASE("Of two members of one name the last counts, as in Python") {
  SampleBatch batch;
  const std::string row = Row("b").dump();
  Parsed(R"({"id":"a","conversations":[],)" + row.substr(1), &batch);
  REQUIRE(batch.size() == 1);
  CHECK(batch.ids[0] == "b");
  CHECK(batch.turns[0] == 2);
}

TEST_CASE("Records that are too long are counted as such") {
  RecordBlock block;
  block.overlong = {{100, 5000, 3}};
  SampleBatch batch;
  SampleParser(SampleFormat::kLlava, "set").Parse(block, &batch);
  REQUIRE(batch.rejected.size() == 1);
  CHECK(batch.rejected[0].reason == "too_long");
  CHECK(batch.rejected[0].offset == 100);
  CHECK(batch.rejected[0].number == 3);
}

TEST_CASE("Words are counted as Python's split does") {
  CHECK(CountWords("") == 0);
  CHECK(CountWords("  \n\t ") == 0);
  CHECK(CountWords("one") == 1);
  CHECK(CountWords(" one\ttwo\n\nthree\v\ffour ") == 4);
}

TEST_CASE("Boxes are four numbers from 0 to 1 in brackets") {
  for (const char* text : {"[0.1, 0.2, 0.3, 0.4]", "at [0,0,1,1].", "[ 0.5 ,0.5,1.0, 1.00 ]",
                           "[[0.1,0.2,0.3,0.4]]", "[0.1,0.2,0.3,0.4;0.5,0.6,0.7,0.8]"}) {
    INFO(text);
    CHECK(HasBoxes(text));
  }
  for (const char* text : {"", "[", "[0.1, 0.2, 0.3]", "[0.1, 0.2, 0.3, 0.4, 0.5]",
                           "(0.1, 0.2, 0.3, 0.4)", "[0.1, 0.2, 0.3, 1.4]", "[1, 2, 3, 4]",
                           "[-0.1, 0.2, 0.3, 0.4]", "[0.1 0.2 0.3 0.4]", "[0.1,0.2,0.3,0.4"}) {
    INFO(text);
    CHECK_FALSE(HasBoxes(text));
  }
}

TEST_CASE("Options are lines from A on; fewer than two are none") {
  CHECK(CountOptions("What?\nA. x\nB. y\nC. z\nD. w\nAnswer.") == 4);
  CHECK(CountOptions("(A) x\n(B) y") == 2);
  CHECK(CountOptions("A) x\nB: y") == 2);
  CHECK(CountOptions("A. x") == 0);
  CHECK(CountOptions("B. x\nC. y") == 0);
  CHECK(CountOptions("A.x\nB.y") == 0);
  CHECK(CountOptions("") == 0);
}

}  // namespace
}  // namespace flywheel

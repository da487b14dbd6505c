#include "pool/text/question_type.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <set>

#include "pool/text/question_rules.h"

namespace flywheel {
namespace {

TypeModel::Parts EmptyParts() {
  TypeModel::Parts parts;
  parts.weights.assign(kTypeBuckets * kTypeClasses, 0);
  parts.scale = 0.5F;
  return parts;
}

// A model that says nothing but `type`.
TypeModel Constant(size_t type) {
  TypeModel::Parts parts = EmptyParts();
  parts.bias[type] = 9;
  return TypeModel(std::move(parts));
}

struct Example {
  std::string_view rule;
  int type;
  std::string_view question;
};

constexpr Example kExamples[] = {
    {"wants coordinates", 0, "Locate the girl in red and provide its coordinates, please."},
    {"describes a region", 0, "For this area [0.1, 0.2, 0.3, 0.4], give a unique description."},
    {"transcription", 0, "Transcribe the note."},
    {"reads a saying", 9, "What does the sign say?"},
    {"explains why", 8, "Explain why he stopped."},
    {"caption", 0, "Give a brief description of the photo."},
    {"writing", 0, "Make up a poem, please."},
    {"chart", 0, "Which bar has the largest value?"},
    {"school knowledge", 0, "What is the capital of Norway?"},
    {"counts what remains", 8, "How many apples remain after that?"},
    {"how many", 5, "How many people are there?"},
    {"compares counts", 5, "Are there more than three cups?"},
    {"title for the picture", 1, "What would be a suitable title for this picture?"},
    {"reads a name or number", 9, "What brand is the phone?"},
    {"why", 8, "Why is the street wet?"},
    {"infers", 8, "What can be inferred from it?"},
    {"color", 3, "What color is the car next to the bus?"},
    {"material, shape, pattern", 3, "What is the table made of?"},
    {"clothing", 3, "What is the boy wearing?"},
    {"spatial relation by name", 6, "Where is the cup in relation to the plate?"},
    {"closest", 6, "Which dog is closest?"},
    {"interaction by name", 7, "How do the two interact?"},
    {"looks of the whole", 1, "What does the landscape look like?"},
    {"looks", 3, "What does the dog look like?"},
    {"which part of the picture", 4, "Which side of the picture is the lamp on?"},
    {"weather, time, season", 1, "How is the weather?"},
    {"indoors or outdoors", 1, "Is this indoors?"},
    {"where the picture was taken", 1, "Where was this photo taken?"},
    {"main subject", 1, "What is the main subject?"},
    {"the scene", 1, "What is happening here?"},
    {"one thing beside another", 6, "Is the dog to the left of the cat?"},
    {"at a place of the picture", 4, "What furniture is located in the center?"},
    {"where", 4, "Where is the dog?"},
    {"doing", 7, "What is the man holding?"},
    {"exists", 2, "Are there any dogs?"},
    {"kind of thing", 2, "What kind of boat?"},
    {"state of a thing", 3, "Is the door open?"},
    {"who or what is it", 2, "What is on the desk?"},
};

TEST_CASE("Every rule is the one that decides its example") {
  const QuestionTagger tagger(Constant(0));
  std::set<std::string_view> seen;
  for (const Example& example : kExamples) {
    INFO(example.question);
    const QuestionTypeTag tag = tagger.Tag("a.jpg", example.question);
    CHECK(std::string(tag.decided_by) == std::string(example.rule));
    CHECK(tag.type == example.type);
    CHECK(tag.score > 0.6F);
    seen.insert(example.rule);
  }
  for (const QuestionRule& rule : QuestionRules()) {
    INFO(rule.name);
    CHECK(seen.count(rule.name) == 1);
  }
}

TEST_CASE("Rules have names of their own, types of SEED-Bench and scores below one") {
  std::set<std::string_view> names;
  for (const QuestionRule& rule : QuestionRules()) {
    INFO(rule.name);
    CHECK(names.insert(rule.name).second);
    CHECK(rule.type >= 0);
    CHECK(rule.type <= 9);
    CHECK(rule.score > 0);
    CHECK(rule.score < 1);
  }
}

TEST_CASE("The model decides where no rule fits, with its probability") {
  const QuestionTagger tagger(Constant(6));
  const QuestionTypeTag tag = tagger.Tag("a.jpg", "zwischen blau und grau");
  CHECK(tag.type == 6);
  CHECK(tag.decided_by == kDecidedByModel);
  CHECK(tag.score > 0.99F);
  CHECK(tag.score <= 1);
}

TEST_CASE("A sample without an image or without words is of no type") {
  const QuestionTagger tagger(Constant(6));
  CHECK(tagger.Tag("", "How many people are there?") == QuestionTypeTag{0, 1, kDecidedByNoImage});
  CHECK(tagger.Tag("a.jpg", "<image>\n") == QuestionTypeTag{0, 1, kDecidedByNoWords});
}

TEST_CASE("The prompt around a question does not change its tag") {
  const QuestionTagger tagger(Constant(0));
  for (const Example& example : kExamples) {
    const std::string question(example.question);
    INFO(question);
    const QuestionTypeTag plain = tagger.Tag("a.jpg", question);
    CHECK(tagger.Tag("a.jpg", "<image>\n" + question +
                                  " Answer the question directly with a short sentence or "
                                  "phrase.") == plain);
    CHECK(tagger.Tag("a.jpg", question +
                                  "\nA. one\nB. two\nAnswer with the option's letter from the "
                                  "given choices directly.\n<image>") == plain);
  }
}

TEST_CASE("The version changes with a weight and with nothing else") {
  const QuestionTagger one(Constant(1)), same(Constant(1)), other(Constant(2));
  CHECK(one.version().size() == 16);
  CHECK(one.version() == same.version());
  CHECK(one.version() != other.version());
  TypeModel::Parts parts = Constant(1).parts();
  parts.weights[12345] = 1;
  CHECK(QuestionTagger(TypeModel(parts)).version() != one.version());
  parts.weights[12345] = 0;
  parts.seed = 7;  // how it was made, not what it says
  CHECK(QuestionTagger(TypeModel(parts)).version() == one.version());
}

TEST_CASE("Probabilities follow the weights of the features and sum to one") {
  const QuestionText text("purple rain");
  TypeModel::Parts parts = EmptyParts();
  for (const uint16_t bucket : TypeFeatures(text.words())) {
    parts.weights[bucket * kTypeClasses + 3] = 100;
  }
  const TypeProbabilities probabilities = TypeModel(parts).Probabilities(text.words());
  float sum = 0;
  for (const float one : probabilities) sum += one;
  CHECK(sum == Approx(1));
  CHECK(probabilities[3] > 0.99F);
  const TypeProbabilities even = TypeModel(EmptyParts()).Probabilities(text.words());
  for (const float one : even) CHECK(one == Approx(0.1));
}

TEST_CASE("Features are words, pairs, pieces and the first word") {
  // first + (word + 1 piece) + (word + 2 pieces + pair)
  CHECK(TypeFeatures(QuestionText("the bear").words()).size() == 1 + 2 + 4);
  CHECK(TypeFeatures(QuestionText("a").words()).size() == 2);
  CHECK(TypeFeatures({}).empty());
}

TEST_CASE("A model comes back from its file's JSON as it was") {
  TypeModel::Parts parts = EmptyParts();
  for (size_t at = 0; at < parts.weights.size(); ++at) {
    parts.weights[at] = static_cast<int8_t>(at * 31);
  }
  parts.bias[4] = -0.12345678F;
  parts.scale = 0.0123456F;
  parts.seed = 1ULL << 60;
  const TypeModel model(parts);
  const Result<TypeModel> back =
      TypeModel::FromJson(nlohmann::json::parse(model.ToJson().dump()), "model");
  REQUIRE(back.ok());
  CHECK(back->parts() == parts);
  CHECK(back->digest() == model.digest());
}

TEST_CASE("A model file that is not one is refused by name") {
  const nlohmann::json good = TypeModel(EmptyParts()).ToJson();
  const auto error = [&](std::string_view member, const nlohmann::json& value) {
    nlohmann::json bad = good;
    bad[std::string(member)] = value;
    return TypeModel::FromJson(bad, "m.json").status().message();
  };
  CHECK(error("format", "x") == "m.json.format: is \"x\", expected \"flywheel-question-types-1\"");
  CHECK(error("buckets", 3) == "m.json.buckets: is 3, expected 16384");
  CHECK(error("weights", "AAAA") == "m.json.weights: 3 bytes, expected 163840");
  CHECK(error("weights", "A") ==
        "m.json.weights: 1 characters of base64, expected a multiple of 4");
  CHECK(error("bias", {1, 2}) == "m.json.bias: has 2 values, expected 10");
  CHECK(error("color", 1).find("m.json.color") == 0);
  CHECK(TypeModel::FromJson(nlohmann::json::array(), "m.json").status().message() ==
        "m.json: expected an object, found array");
  CHECK(TypeModel::Load("/nowhere/m.json").status().code() == StatusCode::kNotFound);
}

}  // namespace
}  // namespace flywheel

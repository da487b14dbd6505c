// The grammar, the trainer, and that what ships in configs/pool/question_types is what they make.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "pool/training/question_grammar.h"
#include "pool/training/type_report.h"
#include "pool/training/type_trainer.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

std::string Shipped(const std::string& name) {
  const char* root = std::getenv("FLYWHEEL_SOURCE_DIR");
  REQUIRE(root != nullptr);
  return std::string(root) + "/configs/pool/question_types/" + name;
}

std::vector<LabelledQuestion> ShippedQuestions(const std::string& name) {
  Result<std::vector<LabelledQuestion>> questions = ReadLabelledQuestions(Shipped(name));
  REQUIRE(questions.ok());
  return *std::move(questions);
}

QuestionGrammar SmallGrammar() {
  return {.slots = {{"animal", {"ape", "dog"}}, {"thing", {"{animal} house"}}},
          .registers = {"{question}"},
          .templates = {{2, {"Is [it|this] {a:animal}?", "Is this {a:thing}?"}}}};
}

TEST_CASE("A template gives each of its alternatives and slots, articles as they should be") {
  const auto questions = ExpandGrammar(SmallGrammar(), 6, 1);
  REQUIRE(questions.ok());
  std::set<std::string> texts;
  for (const LabelledQuestion& one : *questions) {
    CHECK(one.type == 2);
    texts.insert(one.question);
  }
  CHECK(texts == std::set<std::string>{"Is it an ape?", "Is it a dog?", "Is this an ape?",
                                       "Is this a dog?", "Is this an ape house?",
                                       "Is this a dog house?"});
}

TEST_CASE("A grammar that cannot give so many questions says which type") {
  const auto questions = ExpandGrammar(SmallGrammar(), 7, 1);
  CHECK(questions.status().code() == StatusCode::kFailedPrecondition);
  CHECK(questions.status().message() == "type 2: 6 different questions, 7 wanted");
}

TEST_CASE("Mistakes in a template name the template") {
  QuestionGrammar grammar = SmallGrammar();
  const auto error = [&](const std::string& pattern) {
    grammar.templates[2] = {pattern};
    return ExpandGrammar(grammar, 1, 1).status().message();
  };
  CHECK(error("A {plant}?") == "A {plant}?: {plant}: there is no such slot");
  CHECK(error("A [b?").find("a [ without its end") != std::string::npos);
  grammar.slots["animal"] = {"{thing}"};
  CHECK(error("{thing}").find("slots that name each other") != std::string::npos);
}

TEST_CASE("A grammar file with a wrong type or member is refused by name") {
  const testing::TempDir folder;
  const auto error = [&](const std::string& text) {
    std::ofstream(folder / "g.json") << text;
    return ReadQuestionGrammar(folder / "g.json").status().message();
  };
  CHECK(error(R"({"slots":{},"registers":["{question}"],"templates":{"12":["a"]}})")
            .find("templates.12: expected 0 to 9") != std::string::npos);
  CHECK(error(R"({"slots":{},"registers":[],"templates":{}})").find("registers: is empty") !=
        std::string::npos);
  CHECK(error(R"({"registers":[]})").find("g.json") != std::string::npos);
}

TEST_CASE("A labelled question with a type that is none is refused with its line") {
  const testing::TempDir folder;
  std::ofstream(folder / "q.jsonl") << R"({"question":"a","type":1})" << '\n'
                                    << R"({"question":"b","type":10})" << '\n';
  const auto questions = ReadLabelledQuestions(folder / "q.jsonl");
  CHECK(questions.status().message() ==
        folder / "q.jsonl" + ":2: question.type: is 10, expected 0 to 9");
}

TEST_CASE("The trainer learns what separates the types, the same for the same seed") {
  std::vector<LabelledQuestion> questions;
  for (const char* thing : {"cup", "dog", "tree", "boat", "lamp", "horse"}) {
    questions.push_back({std::string("blorp the ") + thing, 3});
    questions.push_back({std::string("frumble a ") + thing, 7});
  }
  const TypeModel model = TrainTypeModel(questions, {.seed = 5});
  const QuestionText blorp("blorp the violin"), frumble("frumble a violin");
  const TypeProbabilities three = model.Probabilities(blorp.words());
  const TypeProbabilities seven = model.Probabilities(frumble.words());
  CHECK(three[3] > 0.7F);
  CHECK(seven[7] > 0.7F);
  CHECK(TrainTypeModel(questions, {.seed = 5}).parts() == model.parts());
  CHECK_FALSE(TrainTypeModel(questions, {.seed = 6}).parts() == model.parts());
}

TEST_CASE("A report counts what each half says") {
  TypeModel::Parts parts;
  parts.weights.assign(kTypeBuckets * kTypeClasses, 0);
  parts.bias[6] = 9;  // the model says 6 to everything
  const QuestionTagger tagger{TypeModel(parts)};
  const TypeReport report = MeasureTagger(
      tagger, {{"How many dogs are there?", 5}, {"xyzzy plugh", 6}, {"What color is it?", 2}});
  CHECK(report.rules.Right() == 1);
  CHECK(report.rules.counts[6][TypeConfusion::kUndecided] == 1);
  CHECK(report.model.Right() == 1);
  CHECK(report.both.Right() == 2);
  CHECK(report.both.counts[2][3] == 1);
  CHECK(report.both.Accuracy() == Approx(2.0 / 3));
  REQUIRE(report.mistakes.size() == 1);
  CHECK(report.mistakes[0] == "2, told 3 by color (0.95): What color is it?");
  CHECK(FormatTypeReport(report).find("| both | 100.0 | 66.7 | 66.7 |") != std::string::npos);
}

TEST_CASE("The shipped questions are what the shipped grammars give") {
  const auto same = [](const std::string& name, int count, uint64_t seed) {
    const auto grammar = ReadQuestionGrammar(Shipped(name + ".grammar.json"));
    REQUIRE(grammar.ok());
    return *ExpandGrammar(*grammar, count, seed) == ShippedQuestions(name + ".jsonl");
  };
  CHECK(same("labelled", 400, 1));
  CHECK(same("heldout", 60, 2));
}

TEST_CASE("The held-out questions share no template, no value and no question with the others") {
  const QuestionGrammar labelled = *ReadQuestionGrammar(Shipped("labelled.grammar.json"));
  const QuestionGrammar heldout = *ReadQuestionGrammar(Shipped("heldout.grammar.json"));
  std::set<std::string> templates, values, questions;
  for (const auto& [type, all] : labelled.templates) templates.insert(all.begin(), all.end());
  for (const auto& [slot, all] : labelled.slots) values.insert(all.begin(), all.end());
  for (const auto& one : ShippedQuestions("labelled.jsonl")) {
    questions.insert(one.question);
  }
  for (const auto& [type, all] : heldout.templates) {
    for (const std::string& one : all) CHECK(templates.count(one) == 0);
  }
  for (const auto& [slot, all] : heldout.slots) {
    for (const std::string& one : all) {
      INFO(one);
      CHECK((slot == "view" || values.count(one) == 0));
    }
  }
  std::map<int, int> by_type;
  for (const auto& one : ShippedQuestions("heldout.jsonl")) {
    CHECK(questions.count(one.question) == 0);
    ++by_type[one.type];
  }
  CHECK(by_type.size() == kTypeClasses);
  CHECK(questions.size() >= 2000);
}

TEST_CASE("The shipped model is what its questions and seed teach") {
  const TypeModel shipped = *TypeModel::Load(Shipped("model.json"));
  const TypeModel again =
      TrainTypeModel(ShippedQuestions("labelled.jsonl"), {.seed = shipped.parts().seed});
  // Another C library's exp may round otherwise: a step of a byte is allowed, no more.
  int most = 0;
  for (size_t at = 0; at < shipped.parts().weights.size(); ++at) {
    most = std::max(most, std::abs(shipped.parts().weights[at] - again.parts().weights[at]));
  }
  CHECK(most <= 1);
}

TEST_CASE(
    "The shipped tagger tells the held-out questions as well as docs/question-types.md says") {
  const QuestionTagger tagger(*TypeModel::Load(Shipped("model.json")));
  const TypeReport report = MeasureTagger(tagger, ShippedQuestions("heldout.jsonl"));
  CHECK(report.both.Accuracy() > 0.77);
  CHECK(report.both.Accuracy() > report.model.Accuracy());
  std::ifstream file(std::string(std::getenv("FLYWHEEL_SOURCE_DIR")) + "/docs/question-types.md");
  const std::string docs(std::istreambuf_iterator<char>(file), {});
  CHECK(docs.find(FormatTypeReport(report)) != std::string::npos);
  CHECK(docs.find("`" + tagger.version() + "`") != std::string::npos);
}

}  // namespace
}  // namespace flywheel

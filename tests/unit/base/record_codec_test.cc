// The JSON of base/records is the JSON of the protos, both ways.
#include "base/io/record_codec.h"

#include <google/protobuf/util/json_util.h>

#include <catch2/catch.hpp>

#include "base/io/files.h"
#include "flywheel/v1/task.pb.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using nlohmann::json;
namespace util = google::protobuf::util;

// The record's JSON read as the message, and the message's JSON again: every member must survive,
// and none may be added.
template <typename Message>
json ThroughProto(const json& value) {
  Message message;
  util::JsonParseOptions strict;
  const auto parsed = util::JsonStringToMessage(value.dump(), &message, strict);
  INFO(parsed.ToString());
  REQUIRE(parsed.ok());
  std::string text;
  util::JsonPrintOptions print;
  print.preserve_proto_field_names = true;
  print.always_print_primitive_fields = true;
  REQUIRE(util::MessageToJsonString(message, &text, print).ok());
  return json::parse(text);
}

// As ThroughProto, with everything that has its default left out.
template <typename Message>
json Sparse(const json& value) {
  Message message;
  REQUIRE(util::JsonStringToMessage(value.dump(), &message).ok());
  std::string text;
  util::JsonPrintOptions print;
  print.preserve_proto_field_names = true;
  REQUIRE(util::MessageToJsonString(message, &text, print).ok());
  return json::parse(text);
}

TaskSpec FullSpec() {
  TaskSpec spec;
  spec.attempt = "c7/i2/train/t0/a1";
  spec.kind = "train";
  spec.inputs = {{"model", std::string(64, 'a'), "inputs/model"}, {"training_set", "", ""}};
  spec.parameters = {{"train", {{"epochs", 2}, {"learning_rate", 0.0015}, {"start", "CHAMPION"}}},
                     {"list", {1, "two", true, nullptr, 0.1}}};
  spec.seed = 18446744073709551615ULL;
  spec.resources = {.cpus = 2, .memory_mb = 1536};
  spec.limits = {.time_limit_s = 600.5, .stall_timeout_s = 60, .grace_s = 10};
  return spec;
}

TaskResult FullResult() {
  TaskResult result;
  result.outputs = {{"model", std::string(64, 'b'), 9007199254740993}, {"loss", "", 0}};
  result.metrics = {{"images_per_second", 231.25}, {"zero", 0}};
  result.prepare =
      PrepareSummary{.splits = {{"steer", 900, 900}, {"gate", 0, 0}},
                     .bank_images = 6000,
                     .bank_refused = 2,
                     .warnings = {"type 9 has fewer than 30 gate questions", "\"quoted\" \u00e9"}};
  const Accuracy total = {900, 450, 0.5, 0.4674, 0.5326};
  const TypeAccuracy type = {1, "Scene Understanding", 100, 98, 0.98, 0.93, 0.9945};
  result.evaluation = EvaluationSummary{.scoring = "mean",
                                        .splits = {{"steer", total, {type}}, {"gate", {}, {}}},
                                        .gate = PairedTest{900, 120, 30, 3.5e-14}};
  result.analysis = AnalysisSummary{.policy = "power 1.5",
                                    .weights = {{6, "Spatial Relation", 100, 0.25, 0.3, 75}}};
  result.generation = GenerationSummary{.samples = 12000,
                                        .images = 3000,
                                        .replay_images = 900,
                                        .by_type = {{6, "Spatial Relation", 3600, 3590}},
                                        .dropped = {{"duplicate question", 10}},
                                        .rejected_replay_images = 40};
  result.training =
      TrainingSummary{.steps = 487, .images = 7800, .first_loss = 2.5, .last_loss = 0.1};
  return result;
}

TEST_CASE("a task spec's JSON is the proto's, both ways") {
  for (const TaskSpec& spec : {FullSpec(), TaskSpec{.attempt = "",
                                           .kind = "prepare",
                                           .inputs = {},
                                           .seed = 0,
                                           .resources = {},
                                           .limits = {}}}) {
    CHECK(ThroughProto<v1::TaskSpec>(ToJson(spec)) == ToJson(spec));
    const auto read = TaskSpecFromJson(Sparse<v1::TaskSpec>(ToJson(spec)));
    REQUIRE(read.ok());
    CHECK(*read == spec);
  }
}

TEST_CASE("a task result's JSON is the proto's, both ways") {
  TaskResult zeros;
  zeros.evaluation = EvaluationSummary{};
  zeros.evaluation->gate = PairedTest{.n = 0, .fixed = 0, .broken = 0, .p_value = 0};
  for (const TaskResult& result : {FullResult(), TaskResult{}, zeros}) {
    CHECK(ThroughProto<v1::TaskResult>(ToJson(result)) == ToJson(result));
    const auto read = TaskResultFromJson(Sparse<v1::TaskResult>(ToJson(result)));
    REQUIRE(read.ok());
    CHECK(*read == result);
  }
}

TEST_CASE("a progress line's JSON is the proto's, both ways") {
  const TaskProgress progress = {.fraction = 0.4,
                                 .message = "step 120 of 610",
                                 .metrics = {{"loss", 1.25}},
                                 .rate = 231.5,
                                 .unit = "images",
                                 .eta_s = 12.5};
  CHECK(ThroughProto<v1::TaskProgress>(ToJson(progress)) == ToJson(progress));
  CHECK(*TaskProgressFromJson(Sparse<v1::TaskProgress>(ToJson(progress))) == progress);
}

TEST_CASE("a progress line without an eta has an unknown one") {
  CHECK(TaskProgressFromJson({{"fraction", 0.5}})->eta_s < 0);
}

TEST_CASE("numbers that JSON does not have are written as protobuf does and not read back") {
  TaskResult result;
  result.metrics = {{"loss", std::numeric_limits<double>::quiet_NaN()}};
  CHECK(ThroughProto<v1::TaskResult>(ToJson(result)) == ToJson(result));
  const auto read = TaskResultFromJson(ToJson(result));
  REQUIRE_FALSE(read.ok());
  CHECK(read.status().message() == "result.metrics.loss: expected a number, found \"NaN\"");
}

TEST_CASE("a wrong member is named with its place") {
  const auto message = [](const json& value) {
    return TaskResultFromJson(value).status().message();
  };
  CHECK(message({{"outputs", {{{"name", "a"}}, {{"name", 5}}}}}) ==
        "result.outputs[1].name: expected a string, found 5");
  CHECK(message({{"outputs", {{{"digest", "a"}}}}}) == "result.outputs[0].name: is missing");
  CHECK(message({{"sumary", 1}}) == "result.sumary: unknown member");
  CHECK(message(json::array()) == "result: expected an object, found array");
  CHECK(message({{"evaluation", {{"splits", {{{"total", {{"n", "x"}}}}}}}}}) ==
        "result.evaluation.splits[0].total.n: expected a whole number, found \"x\"");
  CHECK(TaskSpecFromJson({{"kind", "a"}, {"parameters", 4}}).status().message() ==
        "task.parameters: expected an object");
}

Question GoodQuestion() {
  return {.question_id = "q1",
          .question_type_id = 5,
          .question = "How many red circles are there?",
          .choices = {"1", "2", "3", "4"},
          .answer = 2,
          .image = "scene:abc",
          .group = "g1"};
}

TEST_CASE("questions and answers are read back from their files") {
  const testing::TempDir dir;
  Question other = GoodQuestion();
  other.question_id = "q2";
  REQUIRE(WriteQuestions(dir / "questions.jsonl", {GoodQuestion(), other}).ok());
  CHECK(*ReadQuestions(dir / "questions.jsonl") == std::vector<Question>{GoodQuestion(), other});
  const Answer answer = {.question_id = "q1",
                         .question_type_id = 5,
                         .group = "g1",
                         .answer = 2,
                         .choice = 1,
                         .scores = {-1.5, -0.1, -2, -3}};
  REQUIRE(WriteAnswers(dir / "answers.jsonl", {answer}).ok());
  CHECK(*ReadAnswers(dir / "answers.jsonl") == std::vector<Answer>{answer});
}

TEST_CASE("a question that cannot be asked is refused with file, line and what was expected") {
  const auto problem = [](auto change) {
    Question question = GoodQuestion();
    change(question);
    const testing::TempDir dir;
    REQUIRE(WriteQuestions(dir / "q.jsonl", {GoodQuestion(), question}).ok());
    const Status status = ReadQuestions(dir / "q.jsonl").status();
    CHECK(status.code() == StatusCode::kInvalidArgument);
    const std::string place = dir / "q.jsonl:2: ";
    REQUIRE(status.message().starts_with(place));
    return status.message().substr(place.size());
  };
  CHECK(problem([](Question& q) { q.question_id.clear(); }) ==
        "question '': question_id is empty, expected an id");
  CHECK(problem([](Question& q) { q.answer = 4; }) == "question 'q1': answer 4, expected 0 to 3");
  CHECK(problem([](Question& q) { q.choices = {"1"}; }) ==
        "question 'q1': 1 choices, expected at least 2");
  CHECK(problem([](Question& q) { q.choices.back() = q.choices.front(); }) ==
        "question 'q1': choices[3] '1' occurs twice");
  CHECK(problem([](Question& q) { q.question_type_id = 10; }) ==
        "question 'q1': question_type_id 10, expected 1 to 9");
}

TEST_CASE("an answer's choice must be one of its scores") {
  const json answer = {{"question_id", "q"},
                       {"question_type_id", 1},
                       {"answer", 0},
                       {"choice", 2},
                       {"scores", {-1, -2}}};
  CHECK(AnswerFromJson(answer).status().message() ==
        "answer.choice: 2, expected an index into 2 scores");
}

}  // namespace
}  // namespace flywheel

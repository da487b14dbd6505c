#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/io/files.h"
#include "base/io/record_codec.h"
#include "generators/benchmark.h"
#include "generators/sample.h"
#include "generators/world/scene_sampler.h"
#include "tests/unit/llava/tiny_model.h"
#include "tests/unit/tasks/temporary_task.h"
#include "workers/evaluate/score_task.h"
#include "workers/llava/tokenizer.h"
#include "workers/train/train_task.h"

namespace flywheel {
namespace {

using nlohmann::json;

std::string SourceDir() {
  const char* folder = std::getenv("FLYWHEEL_SOURCE_DIR");
  return folder == nullptr ? FLYWHEEL_SOURCE_DIR : folder;
}

std::string TokenizerBytes() {
  return ReadText(SourceDir() + "/configs/models/tiny/tokenizer.model");
}

// A model of the smallest size that speaks the shipped tokenizer.
void AddModel(TemporaryTask* task) {
  const std::string bytes = TokenizerBytes();
  llava::LlavaConfig config = llava::SmallConfig();
  config.text.vocab_size = llava::Tokenizer::FromBytes(bytes, "tokenizer")->size();
  const testing::TempDir folder;
  REQUIRE(llava::LlavaModel::Create(config, 1)->Save(folder.path()).ok());
  for (const char* file : {"config.json", "model.safetensors"}) {
    task->AddToFolder("model", file, ReadText(folder / file));
  }
  task->AddToFolder("model", "tokenizer.model", bytes);
}

std::string Lines(const std::vector<SceneGraph>& scenes) {
  std::string lines;
  for (const SceneGraph& scene : scenes) lines += ToJson(scene).dump() + "\n";
  return lines;
}

std::vector<Question> AddQuestions(TemporaryTask* task) {
  std::set<std::string> taken;
  Benchmark benchmark = MakeWorldBenchmark({.seed = 3, .questions = 18, .id_prefix = "q"}, taken);
  // Two questions about one image, apart from each other.
  Question again = benchmark.questions[0];
  again.question_id = "again";
  benchmark.questions.push_back(again);
  std::string lines;
  for (const Question& question : benchmark.questions) lines += ToJson(question).dump() + "\n";
  task->AddToFolder("questions", "questions.jsonl", lines);
  task->AddToFolder("questions", "scenes.jsonl", Lines(benchmark.scenes));
  return benchmark.questions;
}

json ScoreParameters() {
  return {{"split", "steer"}, {"scoring", "mean"}, {"batch_size", 4}, {"image_root", ""}};
}

json TrainParameters() {
  return {
      {"train", {{"start", "CHAMPION"}, {"epochs", 2}, {"batch_size", 4}, {"learning_rate", 1e-3}}},
      {"image_root", ""}};
}

void AddTrainingSet(TemporaryTask* task, int rows) {
  std::vector<SceneGraph> scenes;
  std::string lines;
  const QuestionMaker maker;
  for (int i = 0; i < rows; ++i) {
    scenes.push_back(world::SampleScene(static_cast<uint64_t>(i) + 100));
    Rng rng(static_cast<uint64_t>(i));
    const auto made = maker.Make(scenes.back(), 1, rng, {});
    REQUIRE(made);
    lines += FormatLlavaRow(MakeRow(fmt::format("r{}", i), scenes.back().image, {*made})) + "\n";
  }
  task->AddToFolder("training_set", "rows.jsonl", lines);
  task->AddToFolder("training_set", "scenes.jsonl", Lines(scenes));
}

TEST_CASE("score answers every question in its order, with a score for each choice") {
  TemporaryTask task("score", ScoreParameters());
  AddModel(&task);
  const std::vector<Question> questions = AddQuestions(&task);
  const TaskResult result = task.MustRun(RunScore);
  REQUIRE(result.outputs.size() == 1);
  CHECK(result.metrics.at("questions") == static_cast<double>(questions.size()));
  CHECK(result.metrics.at("questions_per_second") > 0);
  const auto answers = ReadAnswers(task.OutputPath("answers"));
  REQUIRE(answers.ok());
  REQUIRE(answers->size() == questions.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    const Answer& answer = (*answers)[i];
    CHECK(answer.question_id == questions[i].question_id);
    CHECK(answer.answer == questions[i].answer);
    CHECK(answer.group == questions[i].group);
    REQUIRE(answer.scores.size() == questions[i].choices.size());
    for (double score : answer.scores) {
      CHECK(score <= answer.scores[static_cast<size_t>(answer.choice)]);
      CHECK(score < 0);
    }
  }
  for (size_t c = 0; c < 4; ++c) {
    CHECK(answers->back().scores[c] == Approx(answers->front().scores[c]).epsilon(1e-5));
  }
}

TEST_CASE("score refuses parameters and data that are wrong, by name") {
  const auto refusal = [](const json& parameters) {
    TemporaryTask task("score", parameters);
    AddModel(&task);
    AddQuestions(&task);
    const auto result = task.Run(RunScore);
    REQUIRE_FALSE(result.ok());
    CHECK(result.status().code() == StatusCode::kInvalidArgument);
    return result.status().message();
  };
  json parameters = ScoreParameters();
  parameters["scoring"] = "median";
  CHECK_THAT(refusal(parameters), Catch::Contains("\"median\""));
  parameters = ScoreParameters();
  parameters["bach_size"] = 3;
  CHECK_THAT(refusal(parameters), Catch::Contains("bach_size"));

  TemporaryTask task("score", ScoreParameters());
  AddModel(&task);
  Question question = AddQuestions(&task)[0];
  question.question = std::string(3000, 'x');
  task.AddToFolder("questions", "questions.jsonl", ToJson(question).dump() + "\n");
  CHECK_THAT(task.Run(RunScore).status().message(),
             Catch::Contains("\"" + question.question_id + "\"") && Catch::Contains("at most 44"));
}

TEST_CASE("train makes a model of the same shape, and the same from the same seed") {
  std::map<std::string, std::string> first;
  for (int run = 0; run < 2; ++run) {
    TemporaryTask task("train", TrainParameters(), 7);
    task.spec().resources.cpus = 2;
    AddModel(&task);
    AddTrainingSet(&task, 10);
    const TaskResult result = task.MustRun(RunTrain);
    REQUIRE(result.training.has_value());
    CHECK(result.training->steps == 6);
    CHECK(result.training->images == 10);
    CHECK(result.metrics.at("images_per_second") > 0);
    CHECK(ParseLines(task.Output("loss")).size() == 6);
    CHECK(task.Output("model/tokenizer.model") == TokenizerBytes());
    if (run == 0) {
      CHECK(llava::LlavaModel::Load(task.OutputPath("model")).ok());
      first = task.Outputs();
    }
    CHECK(task.Outputs() == first);
  }
  TemporaryTask other("train", TrainParameters(), 8);
  AddModel(&other);
  AddTrainingSet(&other, 10);
  other.MustRun(RunTrain);
  CHECK(other.Output("model/model.safetensors") != first["model/model.safetensors"]);
}

TEST_CASE("train refuses parameters and data that are wrong, by name") {
  const auto refusal = [](const json& parameters, const std::string& rows) {
    TemporaryTask task("train", parameters);
    AddModel(&task);
    AddTrainingSet(&task, 2);
    if (!rows.empty()) task.AddToFolder("training_set", "rows.jsonl", rows);
    const auto result = task.Run(RunTrain);
    REQUIRE_FALSE(result.ok());
    return result.status().message();
  };
  json parameters = TrainParameters();
  parameters["train"]["learning_rate"] = 0;
  CHECK_THAT(refusal(parameters, ""), Catch::Contains("parameters.train.learning_rate"));
  parameters = TrainParameters();
  parameters["train"]["momentum"] = 0.9;
  CHECK_THAT(refusal(parameters, ""), Catch::Contains("momentum"));
  CHECK_THAT(refusal(TrainParameters(), "{\"id\":\"a\"}\n"), Catch::Contains("rows.jsonl"));
  const json row = {
      {"id", "a"},
      {"image", "scene:0000"},
      {"conversations",
       {{{"from", "human"}, {"value", "<image>\nwhat?"}}, {{"from", "gpt"}, {"value", "this"}}}}};
  CHECK_THAT(refusal(TrainParameters(), row.dump() + "\n"), Catch::Contains("scene:0000"));
}

TEST_CASE("attempts of one task find the same kept folder") {
  TaskSpec spec;
  spec.attempt = "c1/i2/train/t0/a3";
  CHECK(TaskContext("/work/5f-c1/i2/train/t0/a3", spec).KeptPath() ==
        "/work/5f-c1/i2/train/t0/kept");
  CHECK(TaskContext("/somewhere/else", spec).KeptPath() == "/somewhere/else/scratch");
}

}  // namespace
}  // namespace flywheel

#include "workers/pretrain/exam.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "workers/llava/scorer.h"
#include "workers/pretrain/base_rows.h"

namespace flywheel::pretrain {

Result<ExamResult> TakeExam(const llava::LlavaModel& model, const llava::Tokenizer& tokenizer,
                            const Benchmark& benchmark, int threads) {
  std::unordered_map<std::string, int32_t> places;
  for (const SceneGraph& scene : benchmark.scenes) {
    places.emplace(scene.image, static_cast<int32_t>(places.size()));
  }
  FW_ASSIGN(
      const llava::FeatureCache features,
      llava::EncodeImages(model, static_cast<int64_t>(benchmark.scenes.size()),
                          RenderScenes(benchmark.scenes), {.threads = threads, .proceed = {}}));
  std::vector<llava::OptionQuestion> questions;
  for (const Question& question : benchmark.questions) {
    llava::OptionQuestion& asked = questions.emplace_back();
    asked.image = places.at(question.image);
    asked.prompt = tokenizer.Prompt(question.question);
    for (const std::string& choice : question.choices) {
      asked.options.push_back(tokenizer.Encode(choice));
    }
  }
  FW_ASSIGN(const auto scores,
            llava::ScoreQuestions(model, features, questions, {.threads = threads, .proceed = {}}));
  ExamResult result;
  std::map<int, int> counts;
  for (size_t i = 0; i < questions.size(); ++i) {
    const Question& question = benchmark.questions[i];
    const auto best = std::max_element(scores[i].begin(), scores[i].end()) - scores[i].begin();
    const double right = best == question.answer ? 1 : 0;
    result.accuracy += right / static_cast<double>(questions.size());
    result.by_type[question.question_type_id] += right;
    ++counts[question.question_type_id];
  }
  for (auto& [type, right] : result.by_type) right /= counts[type];
  return result;
}

}  // namespace flywheel::pretrain

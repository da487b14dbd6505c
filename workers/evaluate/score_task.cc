#include "workers/evaluate/score_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/io/json.h"
#include "base/io/record_codec.h"
#include "workers/images/image_store.h"
#include "workers/llava/scorer.h"
#include "workers/llava/tokenizer.h"

namespace flywheel {
namespace {

// Images whose features are in memory at a time.
constexpr size_t kImagesAChunk = 1024;

struct Parameters {
  std::string split;
  std::string scoring = "mean";
  int32_t batch_size = 0;
  std::string image_root;
};

Result<Parameters> ReadParameters(const nlohmann::json& json) {
  Parameters parameters;
  JsonObjectReader reader(json, "parameters");
  reader.Required("split", &parameters.split);
  reader.Optional("scoring", &parameters.scoring);
  reader.Optional("batch_size", &parameters.batch_size);
  reader.Optional("image_root", &parameters.image_root);
  if (parameters.scoring != "mean" && parameters.scoring != "sum") {
    reader.Fail("scoring",
                fmt::format("is \"{}\", expected \"mean\" or \"sum\"", parameters.scoring));
  }
  if (parameters.batch_size < 0) {
    reader.Fail("batch_size", fmt::format("is {}, expected 0 or more", parameters.batch_size));
  }
  FW_TRY(reader.Finish());
  return parameters;
}

// The questions of one image, by their numbers.
struct ImageQuestions {
  std::string image;
  std::vector<size_t> questions;
};

std::vector<ImageQuestions> GroupByImage(const std::vector<Question>& questions) {
  std::vector<ImageQuestions> groups;
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < questions.size(); ++i) {
    const auto [at, fresh] = places.emplace(questions[i].image, groups.size());
    if (fresh) groups.push_back({questions[i].image, {}});
    groups[at->second].questions.push_back(i);
  }
  return groups;
}

Result<llava::OptionQuestion> Ask(const Question& question, const llava::Tokenizer& tokenizer,
                                  int64_t longest) {
  llava::OptionQuestion asked;
  asked.prompt = tokenizer.Prompt(question.question);
  for (const std::string& choice : question.choices) {
    std::vector<int32_t>& option = asked.options.emplace_back(tokenizer.Encode(choice));
    const auto length = static_cast<int64_t>(asked.prompt.size() + option.size());
    if (option.empty()) {
      return InvalidArgument(
          fmt::format("question \"{}\": choice \"{}\" has no word", question.question_id, choice));
    }
    if (length > longest) {
      return InvalidArgument(
          fmt::format("question \"{}\": {} tokens with choice \"{}\", but the "
                      "model takes at most {}",
                      question.question_id, length, choice, longest));
    }
  }
  return asked;
}

class Scoring {
 public:
  Scoring(TaskContext* context, const Parameters& parameters)
      : context_(context), parameters_(parameters) {}

  Result<TaskResult> Run();

 private:
  Status Load();
  Status ScoreChunk(std::span<const ImageQuestions> images);
  Status WriteOut() const;
  void Report(int64_t more_images, int64_t more_questions) const;
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  int threads() const { return std::max(1, context_->spec().resources.cpus); }

  TaskContext* context_;
  const Parameters& parameters_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::unique_ptr<llava::LlavaModel> model_;
  std::vector<llava::Tokenizer> tokenizer_;  // one, once loaded
  std::vector<ImageStore> images_;           // one, once opened
  std::vector<Question> questions_;
  std::vector<std::vector<double>> scores_;
  int64_t images_done_ = 0;
  int64_t questions_done_ = 0;
  int64_t image_count_ = 0;
};

Status Scoring::Load() {
  FW_ASSIGN(const std::string model, context_->InputPath("model"));
  FW_ASSIGN(const std::string split, context_->InputPath("questions"));
  FW_ASSIGN(model_, llava::LlavaModel::Load(model));
  FW_ASSIGN(llava::Tokenizer tokenizer, llava::Tokenizer::Load(model + "/tokenizer.model"));
  if (tokenizer.size() > model_->config().text.vocab_size) {
    return InvalidArgument(fmt::format("{}/tokenizer.model has {} pieces, but the model knows {}",
                                       model, tokenizer.size(), model_->config().text.vocab_size));
  }
  tokenizer_.push_back(std::move(tokenizer));
  FW_ASSIGN(questions_, ReadQuestions(split + "/questions.jsonl"));
  if (questions_.empty()) return InvalidArgument(split + "/questions.jsonl: no question");
  FW_ASSIGN(ImageStore images,
            ImageStore::Open({{split + "/scenes.jsonl"},
                              parameters_.image_root,
                              static_cast<int>(model_->config().vision.image_size)}));
  images_.push_back(std::move(images));
  scores_.resize(questions_.size());
  return OkStatus();
}

void Scoring::Report(int64_t more_images, int64_t more_questions) const {
  const auto total = static_cast<double>(questions_.size());
  const double images = static_cast<double>(images_done_ + more_images);
  const double questions = static_cast<double>(questions_done_ + more_questions);
  // An image costs about as much as a question.
  const double fraction = (images + questions) / (static_cast<double>(image_count_) + total);
  const double seconds = Seconds();
  TaskProgress progress;
  progress.fraction = std::min(1.0, fraction);
  progress.message = fmt::format("scoring {} {} questions", questions_.size(), parameters_.split);
  progress.rate = seconds > 0 ? fraction * total / seconds : 0;
  progress.unit = "questions";
  if (fraction > 0) progress.eta_s = seconds * (1 - fraction) / fraction;
  context_->Report(progress);
}

Status Scoring::ScoreChunk(std::span<const ImageQuestions> images) {
  const auto pixels = [&](int64_t index, std::span<uint8_t> rgb) {
    return images_[0].LoadInto(images[static_cast<size_t>(index)].image, rgb.data());
  };
  const auto count = static_cast<int64_t>(images.size());
  FW_ASSIGN(const llava::FeatureCache features,
            llava::EncodeImages(*model_, count, pixels, {threads(), [&](int64_t done) {
                                                           Report(done, 0);
                                                           return !context_->StopRequested();
                                                         }}));
  images_done_ += count;
  std::vector<llava::OptionQuestion> asked;
  std::vector<size_t> numbers;
  const int64_t longest = llava::LongestText(model_->config());
  for (size_t image = 0; image < images.size(); ++image) {
    for (size_t number : images[image].questions) {
      FW_ASSIGN(asked.emplace_back(), Ask(questions_[number], tokenizer_[0], longest));
      asked.back().image = static_cast<int32_t>(image);
      numbers.push_back(number);
    }
  }
  llava::ScoreOptions options;
  options.kind = parameters_.scoring == "sum" ? llava::ScoreKind::kSum : llava::ScoreKind::kMean;
  if (parameters_.batch_size > 0) options.batch_questions = parameters_.batch_size;
  options.threads = threads();
  options.proceed = [&](int64_t done) {
    Report(0, done);
    return !context_->StopRequested();
  };
  FW_ASSIGN(auto scores, llava::ScoreQuestions(*model_, features, asked, options));
  for (size_t i = 0; i < numbers.size(); ++i) scores_[numbers[i]] = std::move(scores[i]);
  questions_done_ += static_cast<int64_t>(numbers.size());
  return OkStatus();
}

Status Scoring::WriteOut() const {
  std::vector<Answer> answers;
  for (size_t i = 0; i < questions_.size(); ++i) {
    const Question& question = questions_[i];
    const std::vector<double>& scores = scores_[i];
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    answers.push_back({question.question_id, question.question_type_id, question.group,
                       question.answer, static_cast<int>(best), scores});
  }
  return WriteAnswers(context_->OutputPath("answers"), answers);
}

Result<TaskResult> Scoring::Run() {
  FW_TRY(Load());
  const double loaded = Seconds();
  const std::vector<ImageQuestions> groups = GroupByImage(questions_);
  image_count_ = static_cast<int64_t>(groups.size());
  for (size_t begin = 0; begin < groups.size(); begin += kImagesAChunk) {
    FW_TRY(ScoreChunk(
        std::span(groups).subspan(begin, std::min(kImagesAChunk, groups.size() - begin))));
  }
  FW_TRY(WriteOut());
  Report(0, 0);
  TaskResult result;
  result.outputs.push_back({"answers", "", 0});
  const double seconds = std::max(1e-9, Seconds() - loaded);
  result.metrics["questions"] = static_cast<double>(questions_.size());
  result.metrics["questions_per_second"] = static_cast<double>(questions_.size()) / seconds;
  result.metrics["images_per_second"] = static_cast<double>(groups.size()) / seconds;
  return result;
}

}  // namespace

Result<TaskResult> RunScore(TaskContext& context) {
  FW_ASSIGN(const Parameters parameters, ReadParameters(context.spec().parameters));
  return Scoring(&context, parameters).Run();
}

}  // namespace flywheel

#include "workers/train/train_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/rng.h"
#include "pool/formats/llava_row.h"
#include "workers/images/image_store.h"
#include "workers/llava/tokenizer.h"
#include "workers/llava/trainer.h"

namespace flywheel {
namespace {

// Of a run's time, about this much goes into encoding the images.
constexpr double kEncodingShare = 0.1;

struct Parameters {
  llava::TrainOptions train;
  std::string image_root;
};

void Positive(JsonObjectReader* reader, std::string_view name, double value) {
  if (!(value > 0)) reader->Fail(name, fmt::format("is {}, expected a positive number", value));
}

Result<llava::TrainOptions> ReadTrainSpec(const nlohmann::json& json) {
  llava::TrainOptions train;
  std::string start;  // which model `model` is was decided when the task was planned
  JsonObjectReader reader(json, "parameters.train");
  reader.Optional("start", &start);
  reader.Optional("epochs", &train.epochs);
  reader.Optional("batch_size", &train.batch_size);
  reader.Optional("learning_rate", &train.learning_rate);
  reader.Optional("warmup_steps", &train.warmup_steps);
  reader.Optional("final_lr_ratio", &train.final_lr_ratio);
  reader.Optional("weight_decay", &train.weight_decay);
  reader.Optional("max_grad_norm", &train.max_grad_norm);
  reader.Optional("checkpoint_every", &train.checkpoint_every);
  Positive(&reader, "epochs", static_cast<double>(train.epochs));
  Positive(&reader, "batch_size", static_cast<double>(train.batch_size));
  Positive(&reader, "learning_rate", train.learning_rate);
  Positive(&reader, "max_grad_norm", train.max_grad_norm);
  if (train.warmup_steps < 0) reader.Fail("warmup_steps", "is negative");
  if (train.checkpoint_every < 0) reader.Fail("checkpoint_every", "is negative");
  if (!(train.weight_decay >= 0)) reader.Fail("weight_decay", "is negative");
  if (!(train.final_lr_ratio >= 0 && train.final_lr_ratio <= 1)) {
    reader.Fail("final_lr_ratio",
                fmt::format("is {}, expected a share from 0 to 1", train.final_lr_ratio));
  }
  FW_TRY(reader.Finish());
  return train;
}

Result<Parameters> ReadParameters(const nlohmann::json& json) {
  Parameters parameters;
  nlohmann::json train;
  JsonObjectReader reader(json, "parameters");
  reader.Required("train", &train);
  reader.Optional("image_root", &parameters.image_root);
  FW_TRY(reader.Finish());
  FW_ASSIGN(parameters.train, ReadTrainSpec(train));
  return parameters;
}

// The training set as the model reads it: rows of tokens, and the images they are about.
struct TrainingSet {
  std::vector<llava::TrainingRow> rows;
  std::vector<std::string> images;
  int64_t turns = 0;
};

Result<llava::TrainingRow> ToTokens(const LlavaRow& row, const llava::Tokenizer& tokenizer,
                                    int64_t longest) {
  llava::TrainingRow training;
  for (size_t i = 0; i + 1 < row.conversations.size(); i += 2) {
    std::string question = row.conversations[i].value;
    if (const size_t image = question.find(kImageToken); image != std::string::npos) {
      question.erase(image, kImageToken.size());
    }
    const size_t begin = question.find_first_not_of(" \n");
    const size_t end = question.find_last_not_of(" \n");
    question = begin == std::string::npos ? "" : question.substr(begin, end - begin + 1);
    llava::Turn turn = tokenizer.MakeTurn(question, row.conversations[i + 1].value);
    const auto length = static_cast<int64_t>(turn.prompt.size() + turn.answer.size());
    if (length > longest) {
      return InvalidArgument(
          fmt::format("row \"{}\", turn {}: {} tokens, but the model takes at "
                      "most {}",
                      row.id, i / 2, length, longest));
    }
    training.turns.push_back(std::move(turn));
  }
  return training;
}

Result<TrainingSet> ReadTrainingSet(const std::string& folder, const llava::Tokenizer& tokenizer,
                                    int64_t longest) {
  TrainingSet set;
  std::unordered_map<std::string, int32_t> numbers;
  const auto add = [&](LlavaRow&& row, int64_t) -> Status {
    if (row.image.empty()) {
      return InvalidArgument(fmt::format("row \"{}\" has no image, expected one", row.id));
    }
    FW_ASSIGN(llava::TrainingRow training, ToTokens(row, tokenizer, longest));
    const auto [at, fresh] = numbers.emplace(row.image, static_cast<int32_t>(set.images.size()));
    if (fresh) set.images.push_back(row.image);
    training.image = at->second;
    set.turns += static_cast<int64_t>(training.turns.size());
    set.rows.push_back(std::move(training));
    return OkStatus();
  };
  const std::string path = folder + "/rows.jsonl";
  FW_TRY(ForEachLlavaRow(path, add));
  if (set.rows.empty()) return InvalidArgument(path + ": no row to train on");
  return set;
}

class Training {
 public:
  Training(TaskContext* context, Parameters parameters)
      : context_(context), parameters_(std::move(parameters)) {}

  Result<TaskResult> Run();

 private:
  Result<llava::FeatureCache> Encode(const std::string& folder, const TrainingSet& set);
  Result<llava::TrainOutcome> Train(const llava::FeatureCache& features, const TrainingSet& set);
  Status Prepare();
  Status WriteOut(const std::string& start, const llava::TrainOutcome& outcome) const;
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  TaskContext* context_;
  Parameters parameters_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::unique_ptr<llava::LlavaModel> model_;
};

Status Training::Prepare() {
  const TaskSpec& spec = context_->spec();
  llava::TrainOptions& train = parameters_.train;
  train.threads = std::max(1, spec.resources.cpus);
  train.seed = DeriveSeed(spec.seed, "train");
  for (const TaskInput& input : spec.inputs) {
    train.run_name += input.digest + " ";
  }
  FW_TRY(MakeDirectories(context_->KeptPath()));
  train.checkpoint_path = context_->KeptPath() + "/checkpoint.safetensors";
  return OkStatus();
}

Result<llava::FeatureCache> Training::Encode(const std::string& folder, const TrainingSet& set) {
  FW_ASSIGN(const ImageStore store,
            ImageStore::Open({{folder + "/scenes.jsonl"},
                              parameters_.image_root,
                              static_cast<int>(model_->config().vision.image_size)}));
  const auto count = static_cast<int64_t>(set.images.size());
  const double begin = Seconds();
  const auto pixels = [&](int64_t index, std::span<uint8_t> rgb) {
    return store.LoadInto(set.images[static_cast<size_t>(index)], rgb.data());
  };
  return llava::EncodeImages(*model_, count, pixels,
                             {parameters_.train.threads, [&](int64_t done) {
                                const double seconds = Seconds() - begin;
                                TaskProgress progress;
                                progress.fraction = kEncodingShare * static_cast<double>(done) /
                                                    static_cast<double>(count);
                                progress.message = fmt::format("encoding {} images", count);
                                progress.rate =
                                    seconds > 0 ? static_cast<double>(done) / seconds : 0;
                                progress.unit = "images";
                                context_->Report(progress);
                                return !context_->StopRequested();
                              }});
}

Result<llava::TrainOutcome> Training::Train(const llava::FeatureCache& features,
                                            const TrainingSet& set) {
  const double begin = Seconds();
  int64_t first_images = -1;  // done before this process, when a checkpoint was continued
  return llava::TrainLanguage(
      model_.get(), features, set.rows, parameters_.train, [&](const llava::TrainStep& step) {
        if (first_images < 0) first_images = step.images - parameters_.train.batch_size;
        const double seconds = std::max(1e-9, Seconds() - begin);
        const double done = static_cast<double>(step.step) / static_cast<double>(step.steps);
        TaskProgress progress;
        progress.fraction = kEncodingShare + (1 - kEncodingShare) * done;
        progress.message =
            fmt::format("step {} of {}, loss {:.3f}", step.step, step.steps, step.loss);
        progress.metrics = {{"loss", step.loss}, {"learning_rate", step.learning_rate}};
        progress.rate = static_cast<double>(step.images - first_images) / seconds;
        progress.unit = "images";
        const auto left =
            static_cast<double>((step.steps - step.step) * parameters_.train.batch_size);
        if (progress.rate > 0) progress.eta_s = left / progress.rate;
        context_->Report(progress);
        return !context_->StopRequested();
      });
}

Status Training::WriteOut(const std::string& start, const llava::TrainOutcome& outcome) const {
  const std::string folder = context_->OutputPath("model");
  FW_TRY(MakeDirectories(folder));
  FW_TRY(model_->Save(folder));
  FW_ASSIGN(const std::string tokenizer, ReadFile(start + "/tokenizer.model"));
  FW_TRY(WriteFile(folder + "/tokenizer.model", tokenizer));
  std::string lines;
  for (const llava::TrainStep& step : outcome.curve) {
    lines +=
        CanonicalJson(
            {{"step", step.step}, {"loss", step.loss}, {"learning_rate", step.learning_rate}}) +
        "\n";
  }
  return WriteFile(context_->OutputPath("loss"), lines);
}

Result<TaskResult> Training::Run() {
  FW_ASSIGN(const std::string start, context_->InputPath("model"));
  FW_ASSIGN(const std::string folder, context_->InputPath("training_set"));
  FW_TRY(Prepare());
  FW_ASSIGN(model_, llava::LlavaModel::Load(start));
  FW_ASSIGN(const llava::Tokenizer tokenizer, llava::Tokenizer::Load(start + "/tokenizer.model"));
  if (tokenizer.size() > model_->config().text.vocab_size) {
    return InvalidArgument(fmt::format("{}/tokenizer.model has {} pieces, but the model knows {}",
                                       start, tokenizer.size(), model_->config().text.vocab_size));
  }
  FW_ASSIGN(const TrainingSet set,
            ReadTrainingSet(folder, tokenizer, llava::LongestText(model_->config())));
  const double read = Seconds();
  FW_ASSIGN(const llava::FeatureCache features, Encode(folder, set));
  const double encoded = Seconds();
  FW_ASSIGN(const llava::TrainOutcome outcome, Train(features, set));
  const double trained = Seconds();
  FW_TRY(WriteOut(start, outcome));
  std::error_code ignored;  // what stays is found to be of a finished run, and is in nobody's way
  std::filesystem::remove(parameters_.train.checkpoint_path, ignored);
  TaskResult result;
  result.outputs = {{"model", "", 0}, {"loss", "", 0}};
  const double share =
      static_cast<double>(outcome.steps - outcome.first_step) / static_cast<double>(outcome.steps);
  const auto rows =
      static_cast<double>(set.rows.size() * static_cast<size_t>(parameters_.train.epochs));
  result.metrics["images_per_second"] = rows * share / std::max(1e-9, trained - encoded);
  result.metrics["encoded_images_per_second"] =
      static_cast<double>(set.images.size()) / std::max(1e-9, encoded - read);
  result.metrics["turns"] = static_cast<double>(set.turns);
  result.training =
      TrainingSummary{static_cast<int32_t>(outcome.steps), static_cast<int32_t>(set.rows.size()),
                      outcome.curve.front().loss, outcome.curve.back().loss};
  return result;
}

}  // namespace

Result<TaskResult> RunTrain(TaskContext& context) {
  FW_ASSIGN(Parameters parameters, ReadParameters(context.spec().parameters));
  return Training(&context, std::move(parameters)).Run();
}

}  // namespace flywheel

// The loop without the daemon: a base model, then iterations of weights, targeted generation with
// replay, and training, examined after each. For trying out recipes; campaigns do the same by
// tasks. One seed is one sample: compare means of several.
//   flywheel_bench_loop MODEL [SEED] [IMAGES] [ITERATIONS] [POWER] [LEARNING_RATE] [BATCH]
// POWER 0 weights all types alike.
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/quotas.h"
#include "base/rng.h"
#include "generators/base_mixture.h"
#include "generators/plan.h"
#include "generators/sample.h"
#include "generators/world/scene_sampler.h"
#include "workers/llava/trainer.h"
#include "workers/pretrain/base_rows.h"
#include "workers/pretrain/exam.h"

namespace flywheel {
namespace {

constexpr int kThreads = 2;
constexpr int kSteerQuestions = 900;
constexpr int kSealedQuestions = 1800;
constexpr int kTurns = 4;
constexpr double kReplay = 0.3;
constexpr int kBankScenes = 24000;

struct Arguments {
  std::string model;
  uint64_t seed = 1;
  int images = 5000;
  int iterations = 3;
  double power = 1.5;
  double learning_rate = 1.5e-3;
  int batch_size = 16;
};

struct Sample {
  SceneGraph scene;
  LlavaRow row;
};

double Seconds() {
  static const auto start = std::chrono::steady_clock::now();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Print(const char* what, const pretrain::ExamResult& exam) {
  std::printf("%7.1f s  %-12s", Seconds(), what);
  for (const auto& [type, accuracy] : exam.by_type) std::printf(" %5.1f", 100 * accuracy);
  std::printf("  all %5.1f\n", 100 * exam.accuracy);
  std::fflush(stdout);
}

std::map<int, double> Weights(const pretrain::ExamResult& exam, double power) {
  std::map<int, double> weights;
  for (const auto& [type, accuracy] : exam.by_type) {
    weights[type] = power == 0 ? 1 : std::pow(1 - accuracy, power);
  }
  return weights;
}

class Loop {
 public:
  explicit Loop(const Arguments& arguments) : arguments_(arguments) {}
  Status Run();

 private:
  Result<std::vector<Sample>> Generate(int iteration);
  void AddReplay(std::vector<Sample>* samples, int iteration);
  Status Train(const std::vector<Sample>& samples, int iteration);
  Status Examine(const char* what);

  Arguments arguments_;
  std::unique_ptr<llava::LlavaModel> model_;
  std::vector<llava::Tokenizer> tokenizer_;
  Benchmark steer_;
  Benchmark sealed_;
  std::vector<SceneGraph> bank_;
  BaseMixture mixture_;
  std::vector<Sample> earlier_;
  std::unordered_set<std::string> used_;
  pretrain::ExamResult steer_exam_;
};

Result<std::vector<Sample>> Loop::Generate(int iteration) {
  FW_ASSIGN(const auto quotas,
            QuotasOf(Weights(steer_exam_, arguments_.power), arguments_.images * kTurns));
  PlanRequest request;
  request.quotas = quotas;
  request.images = arguments_.images;
  request.questions_per_image = kTurns;
  request.seed = DeriveSeed(DeriveSeed(arguments_.seed, "plan"), static_cast<uint64_t>(iteration));
  request.used_images = used_;
  const Plan plan = MakePlan(bank_, QuestionMaker(), Fingerprints(), request);
  SampleOrigin origin;
  origin.id_prefix = "i";
  origin.quotas = quotas;
  Samples made = MakeSamples(bank_, plan, origin);
  std::vector<Sample> samples;
  for (size_t i = 0; i < made.rows.size(); ++i) {
    used_.insert(made.rows[i].image);
    samples.push_back({std::move(made.scenes[i]), std::move(made.rows[i])});
  }
  return samples;
}

// Drawn from the base mixture and the earlier iterations alike.
void Loop::AddReplay(std::vector<Sample>* samples, int iteration) {
  Rng rng(DeriveSeed(DeriveSeed(arguments_.seed, "replay"), static_cast<uint64_t>(iteration)));
  const auto base = static_cast<uint64_t>(mixture_.images);
  std::vector<Sample> replay;
  for (int i = 0; i < static_cast<int>(kReplay * arguments_.images); ++i) {
    const uint64_t drawn = rng.Below(base + earlier_.size());
    if (drawn < base) {
      BaseSample sample = MakeBaseSample(mixture_, static_cast<int64_t>(drawn));
      replay.push_back({std::move(sample.scene), std::move(sample.row)});
    } else {
      replay.push_back(earlier_[drawn - base]);
    }
  }
  earlier_.insert(earlier_.end(), samples->begin(), samples->end());
  samples->insert(samples->end(), replay.begin(), replay.end());
}

Status Loop::Train(const std::vector<Sample>& samples, int iteration) {
  std::vector<SceneGraph> scenes;
  std::vector<llava::TrainingRow> rows;
  for (const Sample& sample : samples) {
    rows.push_back(
        pretrain::ToTrainingRow(sample.row, static_cast<int32_t>(scenes.size()), tokenizer_[0]));
    scenes.push_back(sample.scene);
  }
  FW_ASSIGN(
      const llava::FeatureCache features,
      llava::EncodeImages(*model_, static_cast<int64_t>(scenes.size()),
                          pretrain::RenderScenes(scenes), {.threads = kThreads, .proceed = {}}));
  const double begin = Seconds();
  llava::TrainOptions options;
  options.threads = kThreads;
  options.learning_rate = arguments_.learning_rate;
  options.batch_size = arguments_.batch_size;
  options.seed = DeriveSeed(DeriveSeed(arguments_.seed, "train"), static_cast<uint64_t>(iteration));
  FW_ASSIGN(const llava::TrainOutcome outcome,
            llava::TrainLanguage(model_.get(), features, rows, options,
                                 [](const llava::TrainStep&) { return true; }));
  const double images = static_cast<double>(rows.size()) * static_cast<double>(options.epochs);
  std::printf("%7.1f s  %ld steps, loss %.3f, %.0f images/s\n", Seconds(), outcome.steps,
              outcome.curve.back().loss, images / (Seconds() - begin));
  return OkStatus();
}

Status Loop::Examine(const char* what) {
  FW_ASSIGN(steer_exam_, pretrain::TakeExam(*model_, tokenizer_[0], steer_, kThreads));
  FW_ASSIGN(const auto sealed, pretrain::TakeExam(*model_, tokenizer_[0], sealed_, kThreads));
  Print(what, sealed);
  return OkStatus();
}

Status Loop::Run() {
  FW_ASSIGN(model_, llava::LlavaModel::Load(arguments_.model));
  FW_ASSIGN(llava::Tokenizer tokenizer,
            llava::Tokenizer::Load(arguments_.model + "/tokenizer.model"));
  tokenizer_.push_back(std::move(tokenizer));
  FW_ASSIGN(mixture_, ReadBaseMixture(arguments_.model + "/base_mixture.json"));
  std::set<std::string> taken;
  const auto seed = [&](const char* name) { return DeriveSeed(arguments_.seed, name); };
  steer_ = MakeWorldBenchmark({seed("steer"), kSteerQuestions, "steer"}, taken);
  sealed_ = MakeWorldBenchmark({seed("sealed"), kSealedQuestions, "sealed"}, taken);
  bank_ = world::SampleScenes(seed("bank"), kBankScenes, {}, taken);
  FW_TRY(Examine("base"));
  for (int iteration = 1; iteration <= arguments_.iterations; ++iteration) {
    FW_ASSIGN(std::vector<Sample> samples, Generate(iteration));
    AddReplay(&samples, iteration);
    std::printf("%7.1f s  %zu rows made\n", Seconds(), samples.size());
    FW_TRY(Train(samples, iteration));
    FW_TRY(Examine(("iteration " + std::to_string(iteration)).c_str()));
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory %ld MiB\n", usage.ru_maxrss / 1024);
  return OkStatus();
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: %s MODEL [SEED] [IMAGES] [ITERATIONS] [POWER] [LEARNING_RATE] [BATCH]\n",
                 argv[0]);
    return 2;
  }
  Arguments arguments;
  arguments.model = argv[1];
  if (argc > 2) arguments.seed = std::strtoull(argv[2], nullptr, 10);
  if (argc > 3) arguments.images = std::atoi(argv[3]);
  if (argc > 4) arguments.iterations = std::atoi(argv[4]);
  if (argc > 5) arguments.power = std::atof(argv[5]);
  if (argc > 6) arguments.learning_rate = std::atof(argv[6]);
  if (argc > 7) arguments.batch_size = std::atoi(argv[7]);
  const Status status = Loop(arguments).Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace flywheel

int main(int argc, char** argv) { return flywheel::Main(argc, argv); }

#include "workers/generate/fresh_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/quotas.h"
#include "base/records/question.h"
#include "base/rng.h"
#include "generators/plan.h"
#include "workers/generate/pool_rows.h"
#include "workers/generate/pool_source.h"

namespace flywheel {
namespace {

using Quotas = std::map<int, int>;  // questions by type

std::string DigestOfInput(const TaskContext& context, std::string_view name) {
  for (const TaskInput& input : context.spec().inputs) {
    if (input.name == name) return input.digest;
  }
  return "";
}

// Wrong options of photographs come from the bank alone, so that nothing of the benchmark leaks.
QuestionMaker MakerFor(const std::vector<SceneGraph>& bank) {
  const auto is_photo = [](const SceneGraph& scene) { return scene.source != SceneSource::kWorld; };
  if (std::none_of(bank.begin(), bank.end(), is_photo)) return QuestionMaker();
  return QuestionMaker(MakePhotoContext(bank));
}

// The question of a human turn, without the place of the picture.
std::string_view QuestionOf(std::string_view turn) {
  if (turn.starts_with(kImageToken)) turn.remove_prefix(kImageToken.size());
  while (turn.starts_with('\n')) turn.remove_prefix(1);
  return turn;
}

void MarkUsed(const EarlierData& earlier, PlanRequest* request) {
  for (const Dataset& dataset : earlier.datasets) {
    for (const LlavaRow& row : dataset.rows) {
      request->used_images.insert(row.image);
      for (size_t i = 0; i < row.conversations.size(); i += 2) {
        request->asked.Add(QuestionFingerprint(row.image, QuestionOf(row.conversations[i].value)));
      }
    }
  }
}

int SumOf(const Quotas& quotas) {
  return std::accumulate(quotas.begin(), quotas.end(), 0,
                         [](int sum, const auto& type) { return sum + type.second; });
}

// Each type's quota by the sources' shares; of what is left over by rounding the earlier source
// gets more.
Result<std::vector<Quotas>> SplitQuotas(const Quotas& quotas,
                                        const std::vector<SourceParameters>& sources) {
  std::map<int, double> shares;
  for (size_t i = 0; i < sources.size(); ++i) shares[static_cast<int>(i)] = sources[i].share;
  std::vector<Quotas> split(sources.size());
  for (const auto& [type, quota] : quotas) {
    FW_ASSIGN(const auto parts, QuotasOf(shares, quota));
    for (const auto& [source, part] : parts) split[static_cast<size_t>(source)][type] = part;
  }
  return split;
}

class FreshMaker {
 public:
  FreshMaker(const TaskContext& context, const GenerateParameters& parameters,
             const GenerateInputs& inputs)
      : context_(context), parameters_(parameters), inputs_(inputs) {}

  Result<FreshSamples> Run() {
    for (const TypeWeight& weight : inputs_.analysis.weights) weights_[weight.type] = weight.weight;
    FW_ASSIGN(quotas_, QuotasOf(weights_, static_cast<int>(parameters_.questions())));
    FW_ASSIGN(const std::vector<Quotas> split, SplitQuotas(quotas_, parameters_.sources));
    Quotas of_scenes;
    for (size_t i = 0; i < split.size(); ++i) {
      if (parameters_.sources[i].pool.has_value()) continue;
      for (const auto& [type, quota] : split[i]) of_scenes[type] += quota;
    }
    if (SumOf(of_scenes) > 0) AskScenes(of_scenes);
    for (size_t i = 0; i < split.size(); ++i) {
      if (parameters_.sources[i].pool.has_value()) FW_TRY(TakePool(i, split[i]));
    }
    FW_TRY(CheckSamples());
    Summarise();
    return std::move(fresh_);
  }

 private:
  void AskScenes(const Quotas& quotas) {
    const int an_image = parameters_.questions_per_image;
    PlanRequest request;
    request.quotas = quotas;
    request.images = (SumOf(quotas) + an_image - 1) / an_image;
    request.questions_per_image = an_image;
    request.seed = DeriveSeed(context_.spec().seed, "plan");
    MarkUsed(inputs_.earlier, &request);
    const Plan plan = MakePlan(inputs_.bank, MakerFor(inputs_.bank), inputs_.benchmark, request);
    for (const TypeSamples& type : plan.by_type) made_[type.type] += type.samples;
    for (const DropCount& drop : plan.dropped) dropped_[drop.reason] += drop.count;
    fresh_.samples = MakeSamples(inputs_.bank, plan,
                                 {.id_prefix = IdPrefix(),
                                  .weights = weights_,
                                  .quotas = quotas_,
                                  .evaluation = parameters_.evaluation,
                                  .analysis = DigestOfInput(context_, "analysis")});
  }

  // Each pool has a stream of its own, so that one more does not change what the others give.
  uint64_t SeedOf(size_t source) const {
    const uint64_t seed = DeriveSeed(context_.spec().seed, "pool");
    return DeriveSeed(DeriveSeed(seed, static_cast<uint64_t>(parameters_.iteration)), source);
  }

  Status TakePool(size_t source, const Quotas& quotas) {
    PoolExclusions exclusions{.benchmark = &inputs_.benchmark, .used = {}, .rows = {}};
    for (const Dataset& dataset : inputs_.earlier.datasets) {
      FW_ASSIGN(const auto content, PoolContentOf(dataset.rows));
      exclusions.used.insert(content.begin(), content.end());
    }
    FW_ASSIGN(const auto content, PoolContentOf(fresh_.samples.rows));
    exclusions.used.insert(content.begin(), content.end());
    for (const LlavaRow& row : fresh_.samples.rows) exclusions.rows.insert(row.id);
    const PoolQuotas request{.pool = *parameters_.sources[source].pool,
                             .by_type = quotas,
                             .seed = SeedOf(source),
                             .id_prefix = IdPrefix(),
                             .image_root = parameters_.image_root,
                             .should_stop = [this] { return context_.StopRequested(); }};
    Result<PoolSamples> taken = TakeFromPool(request, exclusions);
    FW_TRY(taken.status().WithContext(
        fmt::format("source {}, the pool {}", source, request.pool.path)));
    for (const auto& [reason, count] : taken->dropped) {
      dropped_[reason] += static_cast<int32_t>(count);
    }
    for (PoolSample& sample : taken->samples) {
      ++made_[sample.type];
      fresh_.samples.provenance.push_back(ProvenanceOf(sample, request.seed, taken->generation));
      fresh_.samples.rows.push_back(std::move(sample.row));
    }
    return OkStatus();
  }

  Provenance ProvenanceOf(const PoolSample& sample, uint64_t seed, int64_t generation) const {
    Provenance line;
    line.id = sample.row.id;
    line.source = SampleSource::kPool;
    line.type = sample.type;
    line.quota = quotas_.at(sample.type);
    line.weight = weights_.at(sample.type);
    line.evaluation = parameters_.evaluation;
    line.analysis = DigestOfInput(context_, "analysis");
    line.seed = seed;
    line.image = sample.row.image;
    line.pool = sample.name;
    line.why = sample.why;
    line.pool_generation = generation;
    return line;
  }

  Status CheckSamples() const {
    if (!fresh_.samples.rows.empty()) return OkStatus();
    std::vector<std::string> wanted;
    for (const auto& [type, quota] : quotas_) {
      if (quota > 0) wanted.push_back(fmt::format("{} ({})", type, QuestionTypeName(type)));
    }
    const std::string types = fmt::format("{}", fmt::join(wanted, ", "));
    std::vector<std::string> why;
    for (const SourceParameters& source : parameters_.sources) {
      if (source.pool.has_value()) {
        why.push_back(fmt::format("the pool {} has no sample left that fits type {}",
                                  source.pool->path, types));
      } else {
        why.push_back(fmt::format(
            "none of the {} images of the bank can still be asked a question of type {}",
            inputs_.bank.size(), types));
      }
    }
    std::vector<std::string> dropped;
    const bool has_pool = why.size() > 1 || parameters_.sources[0].pool.has_value();
    for (const auto& [reason, count] : dropped_) {
      if (has_pool) dropped.push_back(fmt::format("{}: {}", reason, count));
    }
    return InvalidArgument(fmt::format(
        "no sample could be made: {}{}", fmt::join(why, "; "),
        dropped.empty() ? "" : fmt::format(" (dropped: {})", fmt::join(dropped, ", "))));
  }

  void Summarise() {
    GenerationSummary& summary = fresh_.summary;
    for (const auto& [type, quota] : quotas_) {
      summary.by_type.push_back(
          {.type = type, .name = QuestionTypeName(type), .quota = quota, .samples = made_[type]});
    }
    for (const auto& [reason, count] : dropped_) summary.dropped.push_back({reason, count});
    summary.samples = static_cast<int32_t>(fresh_.samples.provenance.size());
    std::unordered_set<std::string> images;
    for (const LlavaRow& row : fresh_.samples.rows) images.insert(row.image);
    summary.images = static_cast<int32_t>(images.size());
  }

  std::string IdPrefix() const { return fmt::format("i{}", parameters_.iteration); }

  const TaskContext& context_;
  const GenerateParameters& parameters_;
  const GenerateInputs& inputs_;
  std::map<int, double> weights_;
  Quotas quotas_;  // of all sources
  std::map<int, int32_t> made_;
  std::map<std::string, int32_t> dropped_;
  FreshSamples fresh_;
};

}  // namespace

Result<FreshSamples> MakeFreshSamples(const TaskContext& context,
                                      const GenerateParameters& parameters,
                                      const GenerateInputs& inputs) {
  return FreshMaker(context, parameters, inputs).Run();
}

}  // namespace flywheel

#include "generators/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/records/question.h"
#include "base/rng.h"

namespace flywheel {
namespace {

constexpr std::string_view kBenchmarkScene = "scene of the benchmark";
constexpr std::string_view kBenchmarkQuestion = "question of the benchmark";
constexpr std::string_view kAskedBefore = "asked before";
constexpr std::string_view kSceneTwice = "scene twice in the bank";

// Scenes looked at to learn how much the bank offers of each type.
constexpr size_t kSurveyed = 300;

// Draws of one question whose words turn out to be taken.
constexpr int kMaxRedraws = 8;

using Capacity = std::map<int, int>;  // questions by type

// Fills quotas image by image. One object a plan.
class Planner {
 public:
  Planner(const std::vector<SceneGraph>& bank, const QuestionMaker& maker,
          const Fingerprints& benchmark, const PlanRequest& request)
      : bank_(bank),
        maker_(maker),
        benchmark_(benchmark),
        request_(request),
        left_(request.quotas) {
    std::erase_if(left_, [](const auto& entry) { return entry.second <= 0; });
  }

  Plan Run() {
    const std::vector<size_t> order = Order();
    Survey(order);
    // First the images that serve what is in need; then, for what is left, those passed over.
    std::vector<size_t> passed_over;
    for (const size_t scene : order) {
      if (Done()) break;
      if (!Admit(bank_[scene])) continue;
      const Capacity capacity = CapacityOf(bank_[scene]);
      if (Suits(capacity)) {
        Take(scene, capacity);
      } else {
        passed_over.push_back(scene);
      }
    }
    for (const size_t scene : passed_over) {
      if (Done()) break;
      Take(scene, CapacityOf(bank_[scene]));
    }
    return Finish();
  }

 private:
  // The bank in the order it is looked at: scenes that no earlier iteration used come first.
  std::vector<size_t> Order() const {
    std::vector<size_t> fresh;
    std::vector<size_t> used;
    for (size_t i = 0; i < bank_.size(); ++i) {
      (request_.used_images.contains(bank_[i].image) ? used : fresh).push_back(i);
    }
    Rng rng(DeriveSeed(request_.seed, "images"));
    rng.Shuffle(fresh);
    rng.Shuffle(used);
    fresh.insert(fresh.end(), used.begin(), used.end());
    return fresh;
  }

  // False, and counted, for scenes of the benchmark and scenes seen before in this bank.
  bool Admit(const SceneGraph& scene) {
    const std::string digest = SceneFingerprint(scene);
    if (benchmark_.Contains(digest)) {
      ++dropped_[std::string(kBenchmarkScene)];
      return false;
    }
    if (!seen_.insert(digest).second) {
      ++dropped_[std::string(kSceneTwice)];
      return false;
    }
    return true;
  }

  bool Done() const {
    return left_.empty() || plan_.images.size() >= static_cast<size_t>(request_.images);
  }

  Capacity CapacityOf(const SceneGraph& scene) const {
    Capacity capacity;
    for (const auto& [type, quota] : left_) {
      std::unordered_set<std::string> keys;
      for (const Candidate& one : maker_.CandidatesOf(scene, type)) keys.insert(one.key);
      const int count = std::min(static_cast<int>(keys.size()), request_.questions_per_image);
      if (count > 0) capacity[type] = count;
    }
    return capacity;
  }

  // How many questions of each type an average scene offers.
  void Survey(const std::vector<size_t>& order) {
    const size_t count = std::min(order.size(), kSurveyed);
    for (size_t i = 0; i < count; ++i) {
      for (const auto& [type, offered] : CapacityOf(bank_[order[i]])) {
        supply_[type] += static_cast<double>(offered) / static_cast<double>(count);
      }
    }
  }

  // Questions of the type still wanted an image still free, against what a scene offers. Above 1
  // random scenes will not do.
  double Need(int type) const {
    const double images =
        static_cast<double>(request_.images) - static_cast<double>(plan_.images.size());
    const auto supply = supply_.find(type);
    const double offered = supply == supply_.end() ? 0 : supply->second;
    return left_.at(type) / std::max(images, 1.0) / std::max(offered, 1e-3);
  }

  // Whether to take the scene while there are others to choose from: it fills an image, and it
  // serves the type most in need.
  bool Suits(const Capacity& capacity) const {
    int offered = 0;
    for (const auto& [type, count] : capacity) offered += std::min(count, left_.at(type));
    int wanted = 0;
    int neediest = 0;
    double need = 1;
    for (const auto& [type, count] : left_) {
      wanted += count;
      if (Need(type) > need) {
        need = Need(type);
        neediest = type;
      }
    }
    if (offered < std::min(request_.questions_per_image, wanted)) return false;
    return neediest == 0 || capacity.contains(neediest);
  }

  // Asks the scene for up to questions_per_image questions; keeps the image when there is one.
  void Take(size_t scene, Capacity capacity) {
    PlannedImage image;
    image.scene = scene;
    image.seed = DeriveSeed(DeriveSeed(request_.seed, "questions"), bank_[scene].image);
    Rng rng(image.seed);
    std::set<std::string> asked;
    std::map<int, int> in_image;
    while (static_cast<int>(image.questions.size()) < request_.questions_per_image) {
      const int type = Choose(capacity, in_image);
      if (type == 0) break;
      auto made = Ask(bank_[scene], type, rng, asked);
      if (!made) {
        capacity.erase(type);
        continue;
      }
      ++in_image[type];
      if (--capacity[type] == 0) capacity.erase(type);
      if (--left_[type] == 0) left_.erase(type);
      image.questions.push_back(*std::move(made));
    }
    if (!image.questions.empty()) plan_.images.push_back(std::move(image));
  }

  // The type most in need that the scene can still serve, less so the more it has of it; 0: none.
  int Choose(const Capacity& capacity, const std::map<int, int>& in_image) const {
    int best = 0;
    double best_need = 0;
    for (const auto& [type, count] : capacity) {
      if (!left_.contains(type)) continue;
      const auto had = in_image.find(type);
      const double need = Need(type) / (1 + (had == in_image.end() ? 0 : had->second));
      if (need > best_need) {
        best_need = need;
        best = type;
      }
    }
    return best;
  }

  std::optional<MadeQuestion> Ask(const SceneGraph& scene, int type, Rng& rng,
                                  std::set<std::string>& asked) {
    for (int redraw = 0; redraw < kMaxRedraws; ++redraw) {
      auto made = maker_.Make(scene, type, rng, asked);
      if (!made) return std::nullopt;
      asked.insert(made->key);
      const std::string fingerprint = QuestionFingerprint(scene.image, made->question);
      if (benchmark_.Contains(fingerprint)) {
        ++dropped_[std::string(kBenchmarkQuestion)];
      } else if (request_.asked.Contains(fingerprint)) {
        ++dropped_[std::string(kAskedBefore)];
      } else {
        return made;
      }
    }
    return std::nullopt;
  }

  Plan Finish() {
    for (const auto& [type, quota] : request_.quotas) {
      const auto left = left_.find(type);
      const int missing = left == left_.end() ? 0 : left->second;
      plan_.by_type.push_back({.type = type,
                               .name = QuestionTypeName(type),
                               .quota = quota,
                               .samples = std::max(quota, 0) - missing});
    }
    for (const auto& [reason, count] : dropped_) plan_.dropped.push_back({reason, count});
    return std::move(plan_);
  }

  const std::vector<SceneGraph>& bank_;
  const QuestionMaker& maker_;
  const Fingerprints& benchmark_;
  const PlanRequest& request_;
  std::map<int, int> left_;       // quotas not filled yet; no zeros
  std::map<int, double> supply_;  // questions a scene offers on average, by type
  std::map<std::string, int> dropped_;
  std::unordered_set<std::string> seen_;  // digests of scenes looked at
  Plan plan_;
};

}  // namespace

Plan MakePlan(const std::vector<SceneGraph>& bank, const QuestionMaker& maker,
              const Fingerprints& benchmark, const PlanRequest& request) {
  FW_CHECK(request.images >= 0 && request.questions_per_image >= 0, "a plan of negative size");
  return Planner(bank, maker, benchmark, request).Run();
}

}  // namespace flywheel

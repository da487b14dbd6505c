#include "pool/select/select_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/quotas.h"
#include "base/records/question.h"
#include "pool/select/candidates.h"
#include "pool/text/near_duplicates.h"

namespace flywheel {
namespace {

constexpr int kAnyType = -1;

bool TakenBefore(const Candidate& a, const Candidate& b) {
  return std::pair(a.priority, a.sample) < std::pair(b.priority, b.sample);
}

// The candidates of one question type, and where data sets have shares of one data set. Keeps the
// first `keep` of the random order, so that memory does not grow with the pool.
class Drawer {
 public:
  explicit Drawer(int64_t keep) : keep_(static_cast<size_t>(std::max(keep, int64_t{1}))) {}

  void Add(const Candidate& candidate) {
    ++available_;
    if (full_ && !TakenBefore(candidate, last_)) return;
    kept_.push_back(candidate);
    if (kept_.size() >= 2 * keep_ + 1024) Shrink();
  }
  // In the random order.
  std::vector<Candidate>& Sorted() {
    std::sort(kept_.begin(), kept_.end(), TakenBefore);
    return kept_;
  }
  int64_t available() const { return available_; }

 private:
  void Shrink() {
    std::nth_element(kept_.begin(), kept_.begin() + static_cast<int64_t>(keep_) - 1, kept_.end(),
                     TakenBefore);
    kept_.resize(keep_);
    last_ = kept_.back();
    full_ = true;
  }

  size_t keep_;
  std::vector<Candidate> kept_;
  Candidate last_;  // the last of the first keep_, once there are as many
  bool full_ = false;
  int64_t available_ = 0;
};

using Drawers = std::map<int32_t, Drawer>;  // by data set

class FilterSelection {
 public:
  FilterSelection(const FilterRequest& request, const Pool& pool)
      : request_(request), pool_(pool) {}

  Result<Selection> Run() {
    FW_TRY(PlanQuotas());
    if (request_.near_duplicate_bits.has_value()) {
      FW_ASSIGN(NearDuplicates near, NearDuplicates::Create(*request_.near_duplicate_bits));
      near_.emplace(std::move(near));
    }
    FW_TRY(ForEachCandidate(request_, pool_, &selection_.left_out,
                            [this](const Candidate& candidate) { Add(candidate); }));
    for (auto& [type, drawers] : by_type_) FW_TRY(Draw(type, &drawers));
    Order();
    return std::move(selection_);
  }

 private:
  Status PlanQuotas() {
    if (request_.weights.empty()) {
      quotas_[kAnyType] = request_.count;
      by_type_[kAnyType];
      return OkStatus();
    }
    if (request_.count < 0) {
      return InvalidArgument("weights of question types need a count to split");
    }
    FW_ASSIGN(const auto quotas, QuotasOf(request_.weights, static_cast<int>(request_.count)));
    for (const auto& [type, quota] : quotas) {
      quotas_[type] = quota;
      by_type_[type];
    }
    return OkStatus();
  }

  void Add(const Candidate& candidate) {
    const int type = request_.weights.empty() ? kAnyType : candidate.type;
    const auto quota = quotas_.find(type);
    if (quota == quotas_.end() || quota->second == 0) return;
    // Near-duplicates are found in the order of taking: all must be at hand then.
    const bool all = request_.count < 0 || near_.has_value();
    const int64_t keep = all ? INT64_MAX / 4 : quota->second;
    // Data sets are told apart only where they have shares of their own.
    const int32_t group = request_.temperature == 1 ? 0 : candidate.sample.dataset;
    by_type_[type].try_emplace(group, keep).first->second.Add(candidate);
  }

  std::string NameOf(int type) const {
    if (type == kAnyType) return "all";
    return type == 0 ? "type 0 none" : fmt::format("type {} {}", type, QuestionTypeName(type));
  }

  // Fills a type's quota: data set by data set in proportion to their weights; what one cannot give
  // the others do.
  Status Draw(int type, Drawers* drawers) {
    Stratum stratum{.name = NameOf(type)};
    for (const auto& [dataset, drawer] : *drawers) stratum.available += drawer.available();
    stratum.wanted = quotas_[type] < 0 ? stratum.available : quotas_[type];
    if (request_.temperature == 1) {
      TakeAsTheyCome(drawers, stratum.wanted, &stratum);
    } else {
      FW_TRY(TakeByTemperature(drawers, &stratum));
    }
    selection_.strata.push_back(stratum);
    return OkStatus();
  }

  void TakeAsTheyCome(Drawers* drawers, int64_t wanted, Stratum* stratum) {
    std::vector<Candidate> all;
    for (auto& [dataset, drawer] : *drawers) {
      std::vector<Candidate>& sorted = drawer.Sorted();
      all.insert(all.end(), sorted.begin(), sorted.end());
      sorted.clear();
    }
    std::sort(all.begin(), all.end(), TakenBefore);
    for (const Candidate& candidate : all) {
      if (stratum->taken >= wanted) break;
      Take(candidate, stratum);
    }
  }

  // Of the largest data set 1, so that no temperature is too low for a double.
  std::map<int, double> MixOf(const Drawers& drawers, const std::map<int32_t, size_t>& of) const {
    std::map<int, double> weights;
    double largest = 0;
    for (const auto& [dataset, at] : of) {
      weights[dataset] = static_cast<double>(drawers.at(dataset).available());
      largest = std::max(largest, weights[dataset]);
    }
    for (auto& [dataset, weight] : weights) {
      weight = std::pow(weight / largest, 1 / request_.temperature);
    }
    return weights;
  }

  Status TakeByTemperature(Drawers* drawers, Stratum* stratum) {
    std::map<int32_t, size_t> next;  // of each data set that still has samples
    for (const auto& [dataset, drawer] : *drawers) next[dataset] = 0;
    while (stratum->taken < stratum->wanted && !next.empty()) {
      const std::map<int, double> weights = MixOf(*drawers, next);
      FW_ASSIGN(const auto shares,
                QuotasOf(weights, static_cast<int>(stratum->wanted - stratum->taken)));
      for (const auto& [dataset, share] : shares) {
        const std::vector<Candidate>& sorted = drawers->at(dataset).Sorted();
        size_t& at = next[dataset];
        for (int64_t taken = 0; taken < share && at < sorted.size(); ++at) {
          taken += Take(sorted[at], stratum);
        }
        if (at >= sorted.size()) next.erase(dataset);
      }
    }
    return OkStatus();
  }

  // How many samples that was: 1, or 0 for a near-duplicate.
  int Take(const Candidate& candidate, Stratum* stratum) {
    if (near_.has_value() && !near_->Accept(candidate.image_key, candidate.signature)) {
      ++selection_.left_out["near-duplicate of one that is taken"];
      return 0;
    }
    ++stratum->taken;
    const int type = request_.weights.empty() ? kAnyType : candidate.type;
    taken_.push_back({candidate.priority, {candidate.sample, WhyOf(candidate, *stratum), type}});
    return 1;
  }

  std::string WhyOf(const Candidate& candidate, const Stratum& stratum) const {
    std::string why = fmt::format("drawn with seed {} for {}: {} of {} that fit", request_.seed,
                                  stratum.name, stratum.wanted, stratum.available);
    if (request_.needs_tags()) why += fmt::format(", score {:.2f}", candidate.type_score);
    return why;
  }

  // The output mixes strata: a trainer that reads a prefix sees all of them.
  void Order() {
    std::sort(taken_.begin(), taken_.end(), [](const Taken& a, const Taken& b) {
      return std::pair(a.priority, a.selected.sample) < std::pair(b.priority, b.selected.sample);
    });
    selection_.samples.reserve(taken_.size());
    for (Taken& taken : taken_) selection_.samples.push_back(std::move(taken.selected));
  }

  struct Taken {
    uint64_t priority = 0;
    SelectedSample selected;
  };

  const FilterRequest& request_;
  const Pool& pool_;
  std::map<int, int64_t> quotas_;
  std::map<int, Drawers> by_type_;
  std::optional<NearDuplicates> near_;
  std::vector<Taken> taken_;
  Selection selection_;
};

}  // namespace

bool Selection::IsShort() const {
  return std::any_of(strata.begin(), strata.end(),
                     [](const Stratum& stratum) { return stratum.taken < stratum.wanted; });
}

Result<Selection> SelectByFilter(const FilterRequest& request, const Pool& pool) {
  if (!(request.temperature > 0)) {
    return InvalidArgument(
        fmt::format("temperature: expected a number above zero, found {}", request.temperature));
  }
  return FilterSelection(request, pool).Run();
}

}  // namespace flywheel

#include "workers/prepare/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/rng.h"

namespace flywheel {
namespace {

constexpr size_t kSplits = kSplitNames.size();
constexpr int kNoSplit = -1;

// Questions that must stay together.
struct Group {
  std::vector<size_t> questions;  // indices
  std::map<int, int> types;       // type -> questions of it
  int split = kNoSplit;
};

// Questions asked for and dealt, of one type or of all.
struct Ledger {
  int total = 0;
  std::array<int, kSplits> dealt{};

  double Missing(const SplitShares& shares, size_t split) const {
    return shares[split] * total - dealt[split];
  }
};

Status CheckShares(const SplitShares& shares) {
  double sum = 0;
  for (size_t i = 0; i < kSplits; ++i) {
    if (!(shares[i] >= 0 && shares[i] <= 1)) {
      return InvalidArgument(
          fmt::format("share of {}: expected 0 to 1, found {}", kSplitNames[i], shares[i]));
    }
    sum += shares[i];
  }
  if (std::abs(sum - 1) > 1e-6) {
    return InvalidArgument(fmt::format("shares: expected a sum of 1, found {}", sum));
  }
  return OkStatus();
}

// By name, so that the order of the questions does not matter, then shuffled.
std::vector<Group> MakeGroups(const std::vector<Question>& questions, uint64_t seed) {
  std::map<std::string, Group> by_name;
  for (size_t i = 0; i < questions.size(); ++i) {
    const Question& question = questions[i];
    // The prefixes keep an id from meeting a group of the same name.
    Group& group = by_name[question.group.empty() ? "question " + question.question_id
                                                  : "group " + question.group];
    group.questions.push_back(i);
    ++group.types[question.question_type_id];
  }
  std::vector<Group> groups;
  for (auto& [name, group] : by_name) groups.push_back(std::move(group));
  Rng rng(seed);
  rng.Shuffle(groups);
  return groups;
}

class Dealer {
 public:
  Dealer(const std::vector<Question>& questions, const SplitShares& shares) : shares_(shares) {
    all_.total = static_cast<int>(questions.size());
    for (const Question& question : questions) ++by_type_[question.question_type_id].total;
  }

  void Deal(std::vector<Group>& groups) {
    for (const int type : RarestFirst()) {
      std::vector<Group*> with_type;
      for (Group& group : groups) {
        if (group.split == kNoSplit && group.types.contains(type)) with_type.push_back(&group);
      }
      // Big ones first: the small ones then even out what the big ones left uneven.
      std::stable_sort(with_type.begin(), with_type.end(), [type](const Group* a, const Group* b) {
        return a->types.at(type) > b->types.at(type);
      });
      for (Group* group : with_type) Give(*group, Neediest(type));
    }
  }

  std::vector<std::string> Warnings() const {
    std::vector<std::string> warnings;
    for (const auto& [type, ledger] : by_type_) {
      const double allowed = std::max(2.0, 0.02 * ledger.total);
      for (size_t i = 0; i < kSplits; ++i) {
        if (std::abs(ledger.Missing(shares_, i)) <= allowed) continue;
        warnings.push_back(fmt::format(
            "split {} has {} of the {} questions of type {} ({}), its share is {:.1f}: images with "
            "several questions could not be dealt evenly",
            kSplitNames[i], ledger.dealt[i], ledger.total, type, QuestionTypeName(type),
            shares_[i] * ledger.total));
      }
    }
    return warnings;
  }

 private:
  std::vector<int> RarestFirst() const {
    std::vector<int> types;
    for (const auto& [type, ledger] : by_type_) types.push_back(type);
    std::stable_sort(types.begin(), types.end(),
                     [this](int a, int b) { return by_type_.at(a).total < by_type_.at(b).total; });
    return types;
  }

  // The split furthest below its share of the type; of equal ones the one furthest below in all.
  size_t Neediest(int type) const {
    size_t best = kSplits;
    std::pair<double, double> most;
    for (size_t i = 0; i < kSplits; ++i) {
      if (shares_[i] == 0) continue;
      // Rounded, so that shares that differ only by rounding count as equal.
      const std::pair<double, double> missing = {
          std::round(by_type_.at(type).Missing(shares_, i) * 1e6),
          std::round(all_.Missing(shares_, i) * 1e6)};
      if (best == kSplits || missing > most) {
        best = i;
        most = missing;
      }
    }
    return best;
  }

  void Give(Group& group, size_t split) {
    group.split = static_cast<int>(split);
    for (const auto& [type, count] : group.types) {
      by_type_[type].dealt[split] += count;
      all_.dealt[split] += count;
    }
  }

  const SplitShares& shares_;
  Ledger all_;
  std::map<int, Ledger> by_type_;
};

}  // namespace

Result<DealtQuestions> DealQuestions(const std::vector<Question>& questions,
                                     const SplitShares& shares, uint64_t seed) {
  FW_TRY(CheckShares(shares));
  std::vector<Group> groups = MakeGroups(questions, seed);
  Dealer dealer(questions, shares);
  dealer.Deal(groups);
  std::vector<int> split_of(questions.size(), kNoSplit);
  for (const Group& group : groups) {
    for (const size_t question : group.questions) split_of[question] = group.split;
  }
  DealtQuestions dealt;
  for (size_t i = 0; i < questions.size(); ++i) {
    dealt.splits[static_cast<size_t>(split_of[i])].push_back(questions[i]);
  }
  dealt.warnings = dealer.Warnings();
  return dealt;
}

}  // namespace flywheel

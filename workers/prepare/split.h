// Deals benchmark questions to the three splits: stratified by type, an image (with its
// near-copies) on one side only, by a seed. Pure: the same questions in any order and the same seed
// give the same splits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/records/question.h"
#include "base/result.h"

namespace flywheel {

inline constexpr std::array<std::string_view, 3> kSplitNames = {"steer", "gate", "sealed"};

// What part of the questions each split is to get. They sum to 1; a share of 0 stays empty.
using SplitShares = std::array<double, kSplitNames.size()>;

struct DealtQuestions {
  // In the order of kSplitNames; each in the order the questions came in.
  std::array<std::vector<Question>, kSplitNames.size()> splits;
  // Types that missed their share by more than 2 questions and 2 %, a sentence each.
  std::vector<std::string> warnings;
};

// Groups are dealt rarest type first, each to the split furthest below its share of that type.
// Questions without a group are groups of their own. INVALID_ARGUMENT when the shares are no
// shares.
Result<DealtQuestions> DealQuestions(const std::vector<Question>& questions,
                                     const SplitShares& shares, uint64_t seed);

}  // namespace flywheel

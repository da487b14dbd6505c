#include "analyzers/wilson.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace flywheel {

Accuracy WilsonAccuracy(int32_t correct, int32_t n) {
  FW_CHECK(0 <= correct && correct <= n, "more right answers than questions");
  Accuracy accuracy{.n = n, .correct = correct, .accuracy = 0, .low = 0, .high = 1};
  if (n == 0) return accuracy;
  constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution
  const double share = static_cast<double>(correct) / n;
  const double shrink = 1 + kZ * kZ / n;
  const double middle = (share + kZ * kZ / (2.0 * n)) / shrink;
  const double half = kZ / shrink * std::sqrt(share * (1 - share) / n + kZ * kZ / (4.0 * n) / n);
  accuracy.accuracy = share;
  // The ends are exactly 0 and 1 where nothing or everything is right; rounding must not move them.
  accuracy.low = correct == 0 ? 0 : std::max(0.0, middle - half);
  accuracy.high = correct == n ? 1 : std::min(1.0, middle + half);
  return accuracy;
}

}  // namespace flywheel

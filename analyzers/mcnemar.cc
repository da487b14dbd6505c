#include "analyzers/mcnemar.h"

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace flywheel {
namespace {

// log(n!) minus Stirling's formula for it, the n log n part: what the formula leaves out.
long double StirlingError(int64_t n) {
  const auto x = static_cast<long double>(n);
  if (n < 16) {
    long double log_factorial = 0;
    for (int64_t k = 2; k <= n; ++k) log_factorial += std::log(static_cast<long double>(k));
    const long double log_two_pi = std::log(2 * std::numbers::pi_v<long double>);
    return log_factorial - (x + 0.5L) * std::log(x) + x - log_two_pi / 2;
  }
  const long double s = 1 / (x * x);
  return (1.0L / 12 -
          (1.0L / 360 -
           (1.0L / 1260 - (1.0L / 1680 - (1.0L / 1188 - 691.0L / 360360 * s) * s) * s) * s) *
              s) /
         x;
}

// Probability of exactly `heads` in n fair tosses, by Loader's saddle-point expansion ("Fast and
// accurate computation of binomial probabilities", 2000): differences of huge logarithms, which
// would cost digits, do not occur in it.
long double ExactHeads(int64_t heads, int64_t n) {
  const auto total = static_cast<long double>(n);
  if (heads == 0 || heads == n) return std::exp2(-total);
  const auto k = static_cast<long double>(heads);
  const long double lean = (2 * k - total) / total;
  const long double deviance =
      total / 2 * ((1 + lean) * std::log1p(lean) + (1 - lean) * std::log1p(-lean));
  const long double error = StirlingError(n) - StirlingError(heads) - StirlingError(n - heads);
  const long double scale =
      std::sqrt(total / (2 * std::numbers::pi_v<long double> * k * (total - k)));
  return std::exp(error - deviance) * scale;
}

// Probability of at least `heads` in n fair tosses for heads > n / 2, where each term is smaller
// than the one before it: the sum ends when terms no longer count.
long double UpperTail(int64_t heads, int64_t n) {
  if (heads > n) return 0;
  long double term = 1;
  long double sum = 1;
  for (int64_t k = heads; k < n; ++k) {
    term *= static_cast<long double>(n - k) / static_cast<long double>(k + 1);
    sum += term;
    if (term < sum * 1e-21L) break;
  }
  return ExactHeads(heads, n) * sum;
}

}  // namespace

double McNemarOneSided(int64_t fixed, int64_t broken) {
  FW_CHECK(fixed >= 0 && broken >= 0, "negative counts");
  if (fixed == 0) return 1;
  if (fixed > broken) return static_cast<double>(UpperTail(fixed, fixed + broken));
  // Fewer than `fixed` heads means more than `broken` tails: the complement is an upper tail too.
  return static_cast<double>(1 - UpperTail(broken + 1, fixed + broken));
}

}  // namespace flywheel

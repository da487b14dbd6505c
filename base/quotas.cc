#include "base/quotas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace flywheel {

Result<std::map<int, int>> QuotasOf(const std::map<int, double>& weights, int total) {
  double sum = 0;
  for (const auto& [type, weight] : weights) {
    if (!std::isfinite(weight) || weight < 0) {
      return InvalidArgument(fmt::format(
          "the weight of type {}: expected a number that is not negative, found {}", type, weight));
    }
    sum += weight;
  }
  if (!(sum > 0)) return InvalidArgument("all weights are zero; expected one above");
  if (total < 0) return InvalidArgument(fmt::format("expected a total from 0 up, found {}", total));
  std::map<int, int> quotas;
  std::vector<std::pair<double, int>> remainders;
  int given = 0;
  for (const auto& [type, weight] : weights) {
    const double exact = total * (weight / sum);
    const auto whole = static_cast<int>(std::floor(exact));
    quotas[type] = whole;
    given += whole;
    if (weight > 0) remainders.emplace_back(whole - exact, type);
  }
  std::sort(remainders.begin(), remainders.end());
  for (size_t i = 0; given < total; ++given, ++i)
    ++quotas[remainders[i % remainders.size()].second];
  return quotas;
}

}  // namespace flywheel

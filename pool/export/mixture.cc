#include "pool/export/mixture.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <optional>

namespace flywheel {
namespace {

constexpr double kMostCopies = 1000;

Result<double> FactorOf(const std::string& text) {
  char* end = nullptr;
  const double factor = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(factor >= 0) || factor > kMostCopies) {
    return InvalidArgument(
        fmt::format("mixture: expected a number from 0 to {:.0f}, found '{}'", kMostCopies, text));
  }
  return factor;
}

}  // namespace

Result<Mixture> ParseMixture(std::string_view text) {
  std::optional<double> base;
  std::optional<double> added;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const size_t colon = std::min(part.find(':'), part.size());
    const std::string_view name = part.substr(0, colon);
    std::optional<double>* factor = name == "base" ? &base : name == "new" ? &added : nullptr;
    if (factor == nullptr || factor->has_value() || colon == part.size()) {
      return InvalidArgument(
          fmt::format("mixture: expected 'base:FACTOR,new:FACTOR', each once, found '{}'", part));
    }
    FW_ASSIGN(*factor, FactorOf(std::string(part.substr(colon + 1))));
  }
  if (!base.has_value() || !added.has_value()) {
    return InvalidArgument("mixture: expected both parts: 'base:FACTOR,new:FACTOR'");
  }
  return Mixture{*base, *added};
}

int64_t CopiesOf(int64_t index, double factor) {
  return static_cast<int64_t>(std::floor(static_cast<double>(index + 1) * factor) -
                              std::floor(static_cast<double>(index) * factor));
}

}  // namespace flywheel

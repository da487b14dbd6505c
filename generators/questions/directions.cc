#include "generators/questions/directions.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace flywheel {

std::string_view DirectionOf(double dx, double dy) {
  if (std::abs(dx) > std::abs(dy)) return dx < 0 ? "to the left" : "to the right";
  return dy < 0 ? "above" : "below";
}

Candidate DirectionQuestion(const std::string& one, const std::string& other,
                            std::string_view answer) {
  Candidate candidate{.family = "direction",
                      .key = fmt::format("{} from {}", one, other),
                      .phrasings = {fmt::format("where is the {} relative to the {}?", one, other),
                                    fmt::format("seen from the {}, where is the {}?", other, one)},
                      .answer = std::string(answer),
                      .other = {}};
  for (const std::string_view way : {"to the left", "to the right", "above", "below"}) {
    if (way != answer) candidate.other.emplace_back(way);
  }
  return candidate;
}

}  // namespace flywheel

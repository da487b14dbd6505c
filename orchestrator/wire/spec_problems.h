// What is wrong with a spec, gathered problem by problem into one status. Knows no fields: what is
// checked is campaign_spec_check.cc.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace flywheel {

// Gathers what is wrong, so that people mend a spec once and not once an error.
class SpecProblems {
 public:
  template <typename T>
  void Add(std::string_view field, const T& value, std::string_view expected) {
    list_.push_back(fmt::format("spec.{}: {}: expected {}", field, value, expected));
  }

  template <typename T>
  void AtLeast(std::string_view field, T value, T bound) {
    if (!(value >= bound)) Add(field, value, fmt::format("at least {}", bound));
  }

  void Positive(std::string_view field, double value) {
    if (!std::isfinite(value) || value <= 0) Add(field, value, "a number greater than 0");
  }

  void NotNegative(std::string_view field, double value) {
    if (!std::isfinite(value) || value < 0) Add(field, value, "a number of at least 0");
  }

  void Share(std::string_view field, double value) {
    if (!(value >= 0 && value <= 1)) Add(field, value, "a number from 0 to 1");
  }

  Status Finish() const {
    if (list_.empty()) return OkStatus();
    return InvalidArgument(fmt::format("{}", fmt::join(list_, "; ")));
  }

 private:
  std::vector<std::string> list_;
};

}  // namespace flywheel

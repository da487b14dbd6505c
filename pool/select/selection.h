// Which samples of a pool are taken for training, and why. A selection is a function of the pool's
// content, the request and the seed; what a stratum lacks is counted, never padded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/index/pool.h"

namespace flywheel {

struct SelectedSample {
  SampleRef sample;
  std::string why;  // "line 12 of ids.txt", "type 4 of 1,200 wanted, ..."
  int type = -1;    // of its question, 0 for none of them; -1: types did not matter

  bool operator==(const SelectedSample&) const = default;
};

// A reason in Selection::left_out: its content is among those that the request leaves out.
inline constexpr std::string_view kLeftOutUsed = "used before or contaminated";

// What one kind of sample was to give and gave.
struct Stratum {
  std::string name;  // "type 4 Instance Location", "data set coco", "all"
  int64_t wanted = 0;
  int64_t taken = 0;
  int64_t available = 0;  // fit the request, before near-duplicates

  bool operator==(const Stratum&) const = default;
};

struct Selection {
  std::vector<SelectedSample> samples;  // in the order of the output
  std::vector<Stratum> strata;
  std::map<std::string, int64_t> left_out;  // by reason: "excluded", "near-duplicate", ...
  std::vector<std::string> warnings;        // for people; bounded

  // True when a stratum got less than it wanted.
  bool IsShort() const;
};

}  // namespace flywheel

// What the pool's index says of one sample's text: words, options. Definitions live here so
// that every reader of the index can know them. Pure, and fast enough for ten million samples.
#pragma once

#include <cstdint>
#include <string_view>

namespace flywheel {

// Whitespace-separated words, as LLaVA's group_by_modality_length counts them (Python's str.split,
// for ASCII white space).
int64_t CountWords(std::string_view text);

// How many options a question offers: lines that begin "A. ", "B. ", ... or "(A) ", "A) ", in
// order, from A. Fewer than two are none: 0.
int CountOptions(std::string_view text);

}  // namespace flywheel

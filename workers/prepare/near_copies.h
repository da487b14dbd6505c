// Finds pictures that are copies of each other but for size, compression or small edits, so that
// the benchmark and the training images do not share one. By a difference hash (9x8 grey means, a
// bit for each "darker than its right neighbour"): cheap, and blind to what is only similar in
// kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flywheel {

// Two pictures are near-copies when their hashes differ in at most this many of 64 bits.
inline constexpr int kNearCopyBits = 3;

// `rgb` holds height x width x 3 bytes, row by row; width and height at least 1.
uint64_t DifferenceHash(std::span<const uint8_t> rgb, int width, int height);

// For each hash the index of the first hash of its group: groups join whatever is near in a chain.
std::vector<size_t> GroupNearCopies(std::span<const uint64_t> hashes);

}  // namespace flywheel

#include "workers/prepare/near_copies.h"

#include <array>
#include <bit>
#include <numeric>

#include "base/check.h"

namespace flywheel {
namespace {

constexpr int kColumns = 9;
constexpr int kRows = 8;

// Cell `index` of `cells` along `length` pixels: never empty, as pictures may be smaller than 9x8.
struct Range {
  int begin;
  int end;
};
Range CellRange(int index, int cells, int length) {
  const int begin = static_cast<int>(static_cast<int64_t>(index) * length / cells);
  const int end = static_cast<int>(static_cast<int64_t>(index + 1) * length / cells);
  return {begin, end > begin ? end : begin + 1};
}

// Mean brightness, in units that only comparisons see; integers, so that machines agree.
int64_t MeanGrey(std::span<const uint8_t> rgb, int width, Range rows, Range columns) {
  int64_t sum = 0;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) {
      const size_t at =
          (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)) * 3;
      sum += 299 * rgb[at] + 587 * rgb[at + 1] + 114 * rgb[at + 2];
    }
  }
  const int64_t pixels =
      static_cast<int64_t>(rows.end - rows.begin) * (columns.end - columns.begin);
  return sum / pixels;
}

size_t FindRoot(std::vector<size_t>& parents, size_t item) {
  while (parents[item] != item) {
    parents[item] = parents[parents[item]];
    item = parents[item];
  }
  return item;
}

}  // namespace

uint64_t DifferenceHash(std::span<const uint8_t> rgb, int width, int height) {
  FW_CHECK(width > 0 && height > 0, "a picture has pixels");
  FW_CHECK(rgb.size() == static_cast<size_t>(width) * static_cast<size_t>(height) * 3,
           "three bytes a pixel");
  uint64_t hash = 0;
  for (int row = 0; row < kRows; ++row) {
    std::array<int64_t, kColumns> grey{};
    for (int column = 0; column < kColumns; ++column) {
      grey[static_cast<size_t>(column)] =
          MeanGrey(rgb, width, CellRange(row, kRows, height), CellRange(column, kColumns, width));
    }
    for (size_t column = 0; column + 1 < kColumns; ++column) {
      hash = hash << 1 | static_cast<uint64_t>(grey[column] < grey[column + 1]);
    }
  }
  return hash;
}

std::vector<size_t> GroupNearCopies(std::span<const uint64_t> hashes) {
  std::vector<size_t> parents(hashes.size());
  std::iota(parents.begin(), parents.end(), size_t{0});
  for (size_t i = 0; i < hashes.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (std::popcount(hashes[i] ^ hashes[j]) > kNearCopyBits) continue;
      const size_t a = FindRoot(parents, i);
      const size_t b = FindRoot(parents, j);
      // The smaller index is the root, so that a group is named by its first picture.
      parents[a > b ? a : b] = a > b ? b : a;
    }
  }
  for (size_t i = 0; i < parents.size(); ++i) parents[i] = FindRoot(parents, i);
  return parents;
}

}  // namespace flywheel

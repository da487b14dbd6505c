#include "generators/world/layout.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "generators/world/words.h"

namespace flywheel::world {
namespace {

constexpr int kJitter = 3;
constexpr int kObjectSide = 2 * kSmallRadius + 1;

// From the agent's centre to that of its object, facing right.
struct Offset {
  int x;
  int y;
};

Offset OffsetOf(std::string_view predicate) {
  if (predicate == "holding") return {12, -4};
  if (predicate == "balancing") return {0, -14};
  if (predicate == "standing on") return {0, 13};
  if (predicate == "kicking") return {12, 5};
  FW_CHECK(predicate == "pulling", "a predicate without a layout");
  return {20, 3};
}

// A corner such that `size` pixels lie within the `cells` cells from `first` on.
int Within(Rng& rng, int first, int cells, int size) {
  const int slack = cells * kCellSize - size;
  FW_CHECK(slack >= 0, "larger than its cells");
  return first * kCellSize + static_cast<int>(rng.Between(0, slack));
}

}  // namespace

std::optional<Cell> Cells::Take(Rng& rng) {
  std::vector<int> free;
  for (int i = 0; i < 9; ++i) {
    if (!taken_[static_cast<size_t>(i)]) free.push_back(i);
  }
  if (free.empty()) return std::nullopt;
  const int chosen = rng.Pick(free);
  taken_[static_cast<size_t>(chosen)] = true;
  return Cell{chosen / 3, chosen % 3, 1, 1};
}

std::optional<Cell> Cells::TakePair(Rng& rng, Pair pair) {
  const int step = pair == Pair::kRow ? 1 : 3;
  std::vector<int> free;
  for (int i = 0; i < 9; ++i) {
    const bool fits = pair == Pair::kRow ? i % 3 < 2 : i < 6;
    if (fits && !taken_[static_cast<size_t>(i)] && !taken_[static_cast<size_t>(i + step)]) {
      free.push_back(i);
    }
  }
  if (free.empty()) return std::nullopt;
  const int chosen = rng.Pick(free);
  taken_[static_cast<size_t>(chosen)] = taken_[static_cast<size_t>(chosen + step)] = true;
  return pair == Pair::kRow ? Cell{chosen / 3, chosen % 3, 1, 2}
                            : Cell{chosen / 3, chosen % 3, 2, 1};
}

Box PlaceShape(Rng& rng, const Cell& cell, int radius) {
  const auto middle = [&](int index) {
    return index * kCellSize + kCellSize / 2 + static_cast<int>(rng.Between(-kJitter, kJitter));
  };
  const int x = middle(cell.column);
  const int y = middle(cell.row);
  const double side = 2 * radius + 1;
  return {static_cast<double>(x - radius), static_cast<double>(y - radius), side, side};
}

Box PlaceSign(Rng& rng, const Cell& cell, std::string_view text) {
  const int width = static_cast<int>(text.size()) * (kGlyphWidth + 1) - 1 + 2 * kPlateMargin;
  constexpr int kHeight = kGlyphHeight + 2 * kPlateMargin;
  const int x = Within(rng, cell.column, cell.columns, width);
  const int y = Within(rng, cell.row, cell.rows, kHeight);
  return {static_cast<double>(x), static_cast<double>(y), static_cast<double>(width), kHeight};
}

void PlaceAgent(Rng& rng, const Cell& cell, std::string_view predicate, Box* agent, Box* object) {
  const Offset offset = OffsetOf(predicate);
  const int side = rng.Chance(0.5) ? 1 : -1;
  // Corners relative to the agent's corner, then the corner of both together.
  const int dx = (kAgentWidth - kObjectSide) / 2 + side * offset.x;
  const int dy = kAgentHeight / 2 - kObjectSide / 2 + offset.y;
  const int left = std::min(0, dx);
  const int top = std::min(0, dy);
  const int width = std::max(kAgentWidth, dx + kObjectSide) - left;
  const int height = std::max(kAgentHeight, dy + kObjectSide) - top;
  const int x = Within(rng, cell.column, cell.columns, width) - left;
  const int y = Within(rng, cell.row, cell.rows, height) - top;
  *agent = {static_cast<double>(x), static_cast<double>(y), kAgentWidth, kAgentHeight};
  *object = {static_cast<double>(x + dx), static_cast<double>(y + dy), kObjectSide, kObjectSide};
}

}  // namespace flywheel::world

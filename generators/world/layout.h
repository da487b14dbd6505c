// Where things of a scene stand: a 3x3 grid of cells, each taken once, so that nothing overlaps and
// every centre lies in a patch of its own. Knows sizes, not colours or pixels.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/rng.h"
#include "generators/scene_graph.h"

namespace flywheel::world {

inline constexpr int kCellSize = 21;
inline constexpr int kAgentWidth = 11;
inline constexpr int kAgentHeight = 18;

// Glyphs are 5 wide and 9 high, one column apart; the plate has a margin around them.
inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 9;
inline constexpr int kPlateMargin = 3;

// A taken part of the grid: its first cell and how many cells it spans.
struct Cell {
  int row = 0;
  int column = 0;
  int rows = 1;
  int columns = 1;
};

enum class Pair { kRow, kColumn };

// The cells nobody has taken yet.
class Cells {
 public:
  // A free cell, all equally likely; nothing when the grid is full.
  std::optional<Cell> Take(Rng& rng);
  // Two free cells side by side (kRow) or one above the other (kColumn).
  std::optional<Cell> TakePair(Rng& rng, Pair pair);

 private:
  std::array<bool, 9> taken_{};
};

// Within 3 pixels of the middle of the cell.
Box PlaceShape(Rng& rng, const Cell& cell, int radius);
// The plate, big enough for `text`.
Box PlaceSign(Rng& rng, const Cell& cell, std::string_view text);
// Agent and object as `predicate` has them: in the hand, on the head, below the feet, before the
// foot, on a rope. To the left or the right at random.
void PlaceAgent(Rng& rng, const Cell& cell, std::string_view predicate, Box* agent, Box* object);

}  // namespace flywheel::world

// The bitmap font of signs: capitals and digits, 5 wide and 7 high, of our own drawing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace flywheel::world {

inline constexpr int kFontWidth = 5;
inline constexpr int kFontHeight = 7;

// Rows from the top; in each the bit 1 << (4 - column) is set where there is ink.
using Glyph = std::array<uint8_t, kFontHeight>;

// Of 'a'-'z' (drawn as a capital) and '0'-'9'; nullptr for other characters.
const Glyph* FindGlyph(char character);

}  // namespace flywheel::world

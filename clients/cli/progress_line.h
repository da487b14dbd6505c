// How far a running attempt is, as one line: a bar for terminals, words for logs.
#pragma once

#include <string>

#include "flywheel/v1/campaign.pb.h"

namespace flywheel {

enum class GlyphSet { kAscii, kUnicode };

struct LineStyle {
  // Columns of the terminal; no line is longer.
  int width = 80;
  GlyphSet glyphs = GlyphSet::kUnicode;
};

// "  i2/train/t0    ▕████████████▌           ▏  52 %  231 images/s  ETA 0:19  step 312 of 600".
std::string ProgressBarLine(const v1::RunningAttempt& attempt, const LineStyle& style);

// "  i2/train/t0: 52 %, 231 images/s, ETA 0:19, step 312 of 600".
std::string ProgressLogLine(const v1::RunningAttempt& attempt);

// `cells` characters, of which `fraction` (0 to 1) is full; eighths of a character in Unicode.
std::string Bar(double fraction, int cells, GlyphSet glyphs);

}  // namespace flywheel

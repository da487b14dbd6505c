#include "clients/cli/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "clients/cli/number_text.h"
#include "clients/cli/text_table.h"

namespace flywheel {
namespace {

constexpr int kBarCells = 24;
constexpr int kLabelWidth = 15;

// The attempt without its campaign, and without the parts that only tell retries apart.
std::string Label(const std::string& attempt) {
  const size_t begin = attempt.find('/');
  if (begin == std::string::npos) return attempt;
  std::string label = attempt.substr(begin + 1);
  if (label.ends_with("/a1")) label.resize(label.size() - 3);
  return label;
}

std::string RateText(const v1::TaskProgress& progress) {
  const std::string unit = progress.unit().empty() ? "units" : progress.unit();
  return progress.rate() < 10 ? fmt::format("{:.1f} {}/s", progress.rate(), unit)
                              : fmt::format("{:.0f} {}/s", progress.rate(), unit);
}

// What is known beside the fraction, in the order of interest.
std::vector<std::string> Facts(const v1::TaskProgress& progress) {
  std::vector<std::string> facts;
  if (progress.rate() > 0) facts.push_back(RateText(progress));
  // An ETA of 0 at the beginning is one that nobody set.
  if (progress.eta_s() > 0) facts.push_back("ETA " + DurationText(progress.eta_s()));
  if (!progress.message().empty()) facts.push_back(progress.message());
  return facts;
}

double Fraction(const v1::TaskProgress& progress) {
  return std::clamp(progress.fraction(), 0.0, 1.0);
}

// The first `columns` characters; UTF-8 characters stay whole.
std::string Cut(const std::string& text, size_t columns) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
    if (begins && seen++ == columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace

std::string Bar(double fraction, int cells, GlyphSet glyphs) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int parts = glyphs == GlyphSet::kUnicode ? 8 : 1;
  const int full_parts =
      static_cast<int>(std::floor(std::clamp(fraction, 0.0, 1.0) * cells * parts + 1e-9));
  std::string bar;
  for (int i = 0; i < full_parts / parts; ++i) bar += parts == 8 ? "█" : "#";
  int used = full_parts / parts;
  if (full_parts % parts > 0) {
    bar += kEighths[full_parts % parts];
    ++used;
  }
  for (; used < cells; ++used) bar += parts == 8 ? " " : "-";
  return bar;
}

std::string ProgressBarLine(const v1::RunningAttempt& attempt, const LineStyle& style) {
  const auto& progress = attempt.progress();
  const double fraction = Fraction(progress);
  const bool narrow = style.width < 72;
  const int cells = narrow ? kBarCells / 2 : kBarCells;
  const char* left = style.glyphs == GlyphSet::kUnicode ? "▕" : "[";
  const char* right = style.glyphs == GlyphSet::kUnicode ? "▏" : "]";
  std::string line =
      fmt::format("  {:<{}}{}{}{} {:>3.0f} %", Label(attempt.attempt()), kLabelWidth, left,
                  Bar(fraction, cells, style.glyphs), right, std::floor(100 * fraction));
  for (const std::string& fact : Facts(progress)) line += "  " + fact;
  return Cut(line, static_cast<size_t>(std::max(style.width - 1, 1)));
}

std::string ProgressLogLine(const v1::RunningAttempt& attempt) {
  const auto& progress = attempt.progress();
  std::string line =
      fmt::format("  {}: {:.0f} %", Label(attempt.attempt()), std::floor(100 * Fraction(progress)));
  for (const std::string& fact : Facts(progress)) line += ", " + fact;
  return line;
}

}  // namespace flywheel

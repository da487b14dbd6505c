#include "clients/cli/pool_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "clients/cli/command.h"
#include "clients/cli/live_pane.h"
#include "clients/cli/number_text.h"
#include "clients/cli/progress_line.h"

namespace flywheel {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLogEvery = std::chrono::seconds(10);
constexpr int kBarCells = 24;

bool IsTerminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

PoolProgress::PoolProgress() : terminal_(IsTerminal()), unicode_(LocaleIsUtf8()) {}

PoolProgress::~PoolProgress() { Clear(); }

void PoolProgress::Clear() {
  if (visible_) std::fputs("\r\x1b[K", stderr);
  visible_ = false;
}

// Rate and ETA count what this run did, not what an earlier, interrupted one had done.
std::string PoolProgress::Rate(const Shown& shown) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  if (seconds < 0.2) return "";
  const double per_second = static_cast<double>(shown.samples - samples_at_begin_) / seconds;
  const double done = shown.fraction - fraction_at_begin_;
  std::string text = fmt::format("  {}/s", CountText(static_cast<int64_t>(per_second)));
  if (done > 0) {
    text += fmt::format("  ETA {}", DurationText(seconds * (1 - shown.fraction) / done));
  }
  return text;
}

void PoolProgress::Show(const Shown& shown) {
  const auto now = Clock::now();
  if (shown.name != name_) {
    name_ = shown.name;
    begun_ = now;
    shown_ = terminal_ ? Clock::time_point() : now;
    samples_at_begin_ = shown.samples;
    fraction_at_begin_ = shown.fraction;
  }
  if (now - shown_ < (terminal_ ? Clock::duration(kRedraw) : Clock::duration(kLogEvery))) return;
  shown_ = now;
  const std::string rest = fmt::format("{:>3.0f} %  {} {}{}", 100 * shown.fraction,
                                       CountText(shown.samples), shown.unit, Rate(shown));
  if (!terminal_) {
    PrintNote(fmt::format("  {}: {}", shown.name, rest));
    return;
  }
  const GlyphSet glyphs = unicode_ ? GlyphSet::kUnicode : GlyphSet::kAscii;
  const std::string bar = Bar(std::clamp(shown.fraction, 0.0, 1.0), kBarCells, glyphs);
  std::fputs(fmt::format("\r  {:<14} {} {}\x1b[K", shown.name, bar, rest).c_str(), stderr);
  std::fflush(stderr);
  visible_ = true;
}

}  // namespace flywheel

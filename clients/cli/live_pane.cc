#include "clients/cli/live_pane.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace flywheel {
namespace {

constexpr auto kLogEvery = std::chrono::seconds(10);
constexpr int kDefaultColumns = 80;
// A block that fills the terminal could not be taken away again.
constexpr size_t kMaxBlockLines = 12;

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int Columns(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultColumns;
  return size.ws_col;
}

}  // namespace

bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = Variable(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

LivePane::LivePane(int fd)
    : fd_(fd),
      terminal_(::isatty(fd) == 1 && Variable("TERM") != "dumb"),
      glyphs_(LocaleIsUtf8() ? GlyphSet::kUnicode : GlyphSet::kAscii) {}

LivePane::~LivePane() { Clear(); }

void LivePane::Print(const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  std::string text = EraseText();
  for (const std::string& line : lines) text += line + "\n";
  for (const std::string& line : block_) text += line + "\n";
  Write(text);
}

void LivePane::Show(const std::vector<v1::RunningAttempt>& running) {
  if (!terminal_) return LogProgress(running);
  const LineStyle style{.width = Columns(fd_), .glyphs = glyphs_};
  std::vector<std::string> block;
  for (size_t i = 0; i < std::min(running.size(), kMaxBlockLines); ++i) {
    block.push_back(ProgressBarLine(running[i], style));
  }
  if (block == block_) return;
  std::string text = EraseText();
  for (const std::string& line : block) text += line + "\n";
  block_ = std::move(block);
  Write(text);
}

void LivePane::Clear() {
  if (block_.empty()) return;
  Write(EraseText());
  block_.clear();
}

void LivePane::LogProgress(const std::vector<v1::RunningAttempt>& running) {
  const auto now = Clock::now();
  std::map<std::string, Clock::time_point> still_running;
  std::string text;
  for (const v1::RunningAttempt& attempt : running) {
    const auto found = logged_.find(attempt.attempt());
    auto& at = still_running[attempt.attempt()];
    at = found == logged_.end() ? now : found->second;
    if (now - at < kLogEvery || !attempt.has_progress()) continue;
    at = now;
    text += ProgressLogLine(attempt) + "\n";
  }
  logged_ = std::move(still_running);
  Write(text);
}

// Moves up over the block and clears everything from there on.
std::string LivePane::EraseText() {
  return block_.empty() ? "" : fmt::format("\x1b[{}A\r\x1b[J", block_.size());
}

void LivePane::Write(const std::string& text) const {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(fd_, text.data() + done, text.size() - done);
    // Nobody reads any more: the work goes on all the same.
    if (wrote < 0 && errno != EINTR) return;
    if (wrote > 0) done += static_cast<size_t>(wrote);
  }
}

}  // namespace flywheel

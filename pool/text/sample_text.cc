#include "pool/text/sample_text.h"

#include <array>

namespace flywheel {
namespace {

constexpr std::array<bool, 256> MakeSpaces() {
  std::array<bool, 256> spaces{};
  for (const unsigned char c : {' ', '\t', '\n', '\r', '\v', '\f'}) spaces[c] = true;
  return spaces;
}
constexpr std::array<bool, 256> kSpaces = MakeSpaces();

// The letter that `line` offers an option under, or 0.
char OptionLetter(std::string_view line) {
  if (!line.empty() && line.front() == '(') line.remove_prefix(1);
  if (line.size() < 3 || line[0] < 'A' || line[0] > 'Z') return 0;
  return (line[1] == '.' || line[1] == ')' || line[1] == ':') && line[2] == ' ' ? line[0] : '\0';
}

}  // namespace

int64_t CountWords(std::string_view text) {
  int64_t words = 0;
  bool was_space = true;
  for (const char c : text) {
    const bool is_space = kSpaces[static_cast<unsigned char>(c)];
    words += static_cast<int64_t>(was_space && !is_space);
    was_space = is_space;
  }
  return words;
}

int CountOptions(std::string_view text) {
  int options = 0;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    if (OptionLetter(text.substr(at, end - at)) == 'A' + options) ++options;
    at = end + 1;
  }
  return options >= 2 ? options : 0;
}

}  // namespace flywheel

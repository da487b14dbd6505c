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

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes spaces and then a decimal of 0 to 1, such as 0.25, 1.0 or 1, from the front of `text`.
bool TakeFraction(std::string_view* text) {
  while (!text->empty() && text->front() == ' ') text->remove_prefix(1);
  if (text->empty() || (text->front() != '0' && text->front() != '1')) return false;
  const bool is_one = text->front() == '1';
  text->remove_prefix(1);
  if (!text->empty() && text->front() == '.') {
    text->remove_prefix(1);
    while (!text->empty() && IsDigit(text->front())) {
      if (is_one && text->front() != '0') return false;
      text->remove_prefix(1);
    }
  }
  while (!text->empty() && text->front() == ' ') text->remove_prefix(1);
  return true;
}

// `text` begins behind the '['.
bool IsBox(std::string_view text) {
  for (int i = 0; i < 4; ++i) {
    if (!TakeFraction(&text) || text.empty()) return false;
    const char wanted = i < 3 ? ',' : ']';
    if (text.front() != wanted && !(i == 3 && text.front() == ';')) return false;
    text.remove_prefix(1);
  }
  return true;
}

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

bool HasBox(std::string_view text) {
  for (size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    if (IsBox(text.substr(at + 1))) return true;
  }
  return false;
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

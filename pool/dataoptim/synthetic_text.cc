#include "pool/dataoptim/synthetic_text.h"

#include <algorithm>

#include "base/check.h"

namespace flywheel {
namespace {

// A coordinate as Python prints a number of at most three decimals, from 0 to 1.
void AppendThousandths(uint32_t value, std::string* out) {
  if (value == 1000) {
    out->append("1.0");
    return;
  }
  const char digits[] = {static_cast<char>('0' + value / 100),
                         static_cast<char>('0' + value / 10 % 10),
                         static_cast<char>('0' + value % 10)};
  size_t length = 3;
  while (length > 1 && digits[length - 1] == '0') --length;
  out->append("0.").append(digits, length);
}

}  // namespace

SyntheticText::SyntheticText(uint64_t seed) : rng_(seed) {
  for (const WordList& list : SyntheticWords()) {
    letters_[static_cast<size_t>(list.letter)].words = list.words;
  }
}

void SyntheticText::AppendWord(std::string_view word, std::string* out) {
  // "a orange" -> "an orange".
  constexpr std::string_view kVowels = "aeiou";
  const size_t size = out->size();
  if (size >= 3 && kVowels.find(word.front()) != kVowels.npos && (*out)[size - 1] == ' ' &&
      ((*out)[size - 2] | 0x20) == 'a' && ((*out)[size - 3] == ' ' || (*out)[size - 3] == '"')) {
    out->back() = 'n';
    out->push_back(' ');
  }
  out->append(word);
}

void SyntheticText::Append(std::string_view text, std::string* out) {
  for (size_t open = text.find('{'); open != text.npos; open = text.find('{')) {
    out->append(text, 0, open);
    const char name = text[open + 1];
    const bool again = text[open + 2] == '=';
    text.remove_prefix(open + (again ? 4 : 3));
    if (name == 'B') {
      AppendBox(out);
    } else if (name >= '1' && name <= '9') {
      out->push_back(static_cast<char>('1' + Draw(9)));
      for (char i = '1'; i < name; ++i) out->push_back(static_cast<char>('0' + Draw(10)));
    } else {
      Letter& letter = letters_[static_cast<size_t>(name)];
      FW_CHECK(!letter.words.empty(), "a template names a list of words that is not there");
      if (!again) letter.last = PickText(letter.words);
      AppendWord(letter.last, out);
    }
  }
  out->append(text);
}

void SyntheticText::AppendCorners(std::string* out) {
  const uint32_t left = Draw(850), top = Draw(850);
  // One box in eight reaches the edge.
  const uint32_t right = Draw(8) == 0 ? 1000 : left + 20 + Draw(980 - left);
  const uint32_t bottom = Draw(8) == 0 ? 1000 : top + 20 + Draw(980 - top);
  const uint32_t corners[] = {left, top, right, bottom};
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) out->append(", ");
    AppendThousandths(corners[i], out);
  }
}

void SyntheticText::AppendBox(std::string* out) {
  out->push_back('[');
  AppendCorners(out);
  out->push_back(']');
}

void SyntheticText::Fill(std::span<const std::string_view> sentences, size_t end,
                         std::string* out) {
  constexpr size_t kHalfASentence = 45;
  while (out->size() + kHalfASentence < end) {
    const std::string_view before = *out;
    const bool begins = before.ends_with('"') || before.ends_with(' ') || before.ends_with("\\n");
    if (!begins) out->push_back(' ');
    AppendOne(sentences, out);
  }
}

}  // namespace flywheel

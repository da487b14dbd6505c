// The known id that an unknown one may have been meant as.
#include <algorithm>
#include <cctype>

#include "pool/dataoptim/submission.h"

namespace flywheel {
namespace {

// What ids of pools are made of; edits try these.
constexpr std::string_view kAlphabet =
    "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-./";
// Of longer ids nobody mistypes one character, and trying takes long.
constexpr size_t kLongestEdited = 64;
// gqa's numbers have eight digits.
constexpr size_t kMostZeros = 12;

// Takes the first candidate that is known.
class Guess {
 public:
  Guess(std::string_view id, const SampleCount& samples) : id_(id), samples_(samples) {}

  bool Try(const std::string& candidate) {
    if (candidate == id_ || candidate.empty() || samples_(candidate) == 0) return false;
    found_ = candidate;
    return true;
  }

  const std::string& found() const { return found_; }

 private:
  std::string_view id_;
  const SampleCount& samples_;
  std::string found_;
};

std::string Trimmed(std::string_view id) {
  static constexpr std::string_view kAround = " \t\r\n,;:'\"[](){}";
  const size_t begin = id.find_first_not_of(kAround);
  if (begin == id.npos) return "";
  return std::string(id.substr(begin, id.find_last_not_of(kAround) + 1 - begin));
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The number at the end with other counts of zeros before it.
bool TryZeros(const std::string& id, Guess* guess) {
  const size_t last = id.find_last_not_of("0123456789");
  const size_t number = last == id.npos ? 0 : last + 1;
  if (number == id.size()) return false;
  const size_t significant = std::min(id.find_first_not_of('0', number), id.size() - 1);
  for (size_t zeros = 0; zeros <= kMostZeros; ++zeros) {
    const std::string padded =
        id.substr(0, number) + std::string(zeros, '0') + id.substr(significant);
    if (guess->Try(padded)) return true;
  }
  return false;
}

// Swaps, losses, changes and additions of one character. Those at the id's beginning, where the
// data set's name is, come first: a wrong number is likely to be known as well.
bool TryEdits(const std::string& id, Guess* guess) {
  if (id.size() > kLongestEdited) return false;
  for (size_t i = 0; i + 1 < id.size(); ++i) {
    std::string swapped = id;
    std::swap(swapped[i], swapped[i + 1]);
    if (guess->Try(swapped)) return true;
  }
  for (size_t i = 0; i <= id.size(); ++i) {
    std::string edited = id;
    if (i < id.size() && guess->Try(edited.erase(i, 1))) return true;
    edited = id;
    for (const char c : kAlphabet) {
      if (i == id.size()) break;
      edited[i] = c;
      if (guess->Try(edited)) return true;
    }
    edited = id;
    edited.insert(i, 1, '0');
    for (const char c : kAlphabet) {
      edited[i] = c;
      if (guess->Try(edited)) return true;
    }
  }
  return false;
}

}  // namespace

std::string NearestKnownId(std::string_view id, const SampleCount& samples) {
  const std::string trimmed = Trimmed(id);
  Guess guess(id, samples);
  std::string underscores = trimmed;
  std::replace(underscores.begin(), underscores.end(), '-', '_');
  const bool found = guess.Try(trimmed) || guess.Try(Lower(trimmed)) || guess.Try(underscores) ||
                     TryZeros(trimmed, &guess) || TryZeros(Lower(trimmed), &guess) ||
                     TryEdits(trimmed, &guess);
  return found ? guess.found() : "";
}

}  // namespace flywheel

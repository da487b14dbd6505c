// What two samples are compared by: a 64-bit SimHash (Charikar, STOC 2002) of their text, near in
// Hamming distance when the texts share most of their word 3-grams, and a key of their picture.
// Pure functions; what is a near-duplicate is near_duplicates.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flywheel {

inline constexpr size_t kShingleWords = 3;
// What comes after this much of a sample's text is not read, so that memory stays bounded.
inline constexpr size_t kMostSignedBytes = 1 << 20;

// Of the texts of all turns, in order, as one run of words: ASCII letters in lower case,
// punctuation and "<image>" ignored, other scripts' bytes kept. Each 3-gram is hashed with XXH3; a
// text of one or two words is one feature; one without words has signature 0. Bit i is set when
// more features have it than not. One object a thread: it keeps its memory between calls.
class TextSignature {
 public:
  uint64_t Of(std::span<const std::string_view> turns);

 private:
  void AddWords(std::string_view turn);

  std::string text_;              // the words, one space after each
  std::vector<uint32_t> begins_;  // of the words in text_
};

// Equal for the same picture in different folders: COCO by number (its years share numbers), Visual
// Genome by number (GQA's pictures are Visual Genome's), anything else by its path. 0 without an
// image and never else.
uint64_t ImageKey(std::string_view image);

}  // namespace flywheel

#include "pool/text/text_signature.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "pool/formats/llava_row.h"

namespace flywheel {
namespace {

constexpr size_t kBits = 64;
constexpr size_t kCocoDigits = 12;

// The lower-case form of a byte that belongs to a word, 0 for one that does not.
constexpr std::array<char, 256> kWordBytes = [] {
  std::array<char, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = static_cast<char>(c);
  for (int c = 'a'; c <= 'z'; ++c) {
    table[c] = static_cast<char>(c);
    table[c - 'a' + 'A'] = static_cast<char>(c);
  }
  for (int c = 128; c < 256; ++c) table[c] = static_cast<char>(c);
  return table;
}();

// How many features have each bit, one bit plane of all 64 counters a word: adding a feature is a
// carry that runs through the planes.
class BitCounters {
 public:
  void Add(uint64_t bits) {
    ++features_;
    for (size_t plane = 0; bits != 0; ++plane) {
      const uint64_t carry = planes_[plane] & bits;
      planes_[plane] ^= bits;
      bits = carry;
    }
  }

  // The bits that more than half of the features have.
  uint64_t Majority() const {
    uint64_t majority = 0;
    for (size_t bit = 0; bit < kBits; ++bit) {
      uint64_t count = 0;
      for (size_t plane = 0; features_ >> plane != 0; ++plane) {
        count |= (planes_[plane] >> bit & 1) << plane;
      }
      majority |= static_cast<uint64_t>(2 * count > features_) << bit;
    }
    return majority;
  }

 private:
  uint64_t features_ = 0;
  std::array<uint64_t, kBits> planes_{};
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<uint64_t> Number(std::string_view digits) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return number;
}

// "train2014", "val2017" and so on, as COCO's folders and the file names of 2014 say.
bool IsCocoSplit(std::string_view text) {
  for (const std::string_view split : {"train20", "val20", "test20", "unlabeled20"}) {
    if (text.starts_with(split) && text.size() == split.size() + 2) return true;
  }
  return false;
}

// "COCO_train2014_000000123456", or "000000123456" below a folder of COCO's.
std::optional<uint64_t> CocoNumber(std::string_view name, bool in_coco) {
  if (name.starts_with("COCO_")) {
    name.remove_prefix(5);
    const size_t end = name.find('_');
    if (end == std::string_view::npos || !IsCocoSplit(name.substr(0, end))) return std::nullopt;
    name.remove_prefix(end + 1);
    in_coco = true;
  }
  if (!in_coco || name.size() != kCocoDigits) return std::nullopt;
  return Number(name);
}

uint64_t NumberedKey(std::string_view collection, uint64_t number) {
  const uint64_t key = XXH3_64bits_withSeed(collection.data(), collection.size(), number);
  return std::max<uint64_t>(key, 1);
}

}  // namespace

uint64_t TextSignature::Of(std::span<const std::string_view> turns) {
  text_.clear();
  begins_.clear();
  for (const std::string_view turn : turns) AddWords(turn);
  const size_t words = begins_.size();
  if (words == 0) return 0;
  BitCounters counters;
  const size_t features = words < kShingleWords ? 1 : words - kShingleWords + 1;
  for (size_t first = 0; first < features; ++first) {
    const size_t after = first + std::min(words, kShingleWords);
    // Up to and without the space before the word after.
    const size_t end = (after == words ? text_.size() : begins_[after]) - 1;
    counters.Add(XXH3_64bits(text_.data() + begins_[first], end - begins_[first]));
  }
  return counters.Majority();
}

void TextSignature::AddWords(std::string_view turn) {
  turn = turn.substr(0, kMostSignedBytes - std::min(kMostSignedBytes, text_.size()));
  bool in_word = false;
  const auto end_word = [&] {
    if (in_word) text_ += ' ';
    in_word = false;
  };
  for (size_t at = 0; at < turn.size(); ++at) {
    const char c = kWordBytes[static_cast<unsigned char>(turn[at])];
    if (c != 0) {
      if (!in_word) begins_.push_back(static_cast<uint32_t>(text_.size()));
      in_word = true;
      text_ += c;
    } else if (turn[at] != '\'') {  // "don't" is one word
      end_word();
      if (turn.substr(at).starts_with(kImageToken)) at += kImageToken.size() - 1;
    }
  }
  end_word();
}

uint64_t ImageKey(std::string_view image) {
  while (image.starts_with("./")) image.remove_prefix(2);
  if (image.empty()) return 0;
  bool in_coco = false, in_visual_genome = false;
  std::string_view name = image;
  for (size_t slash; (slash = name.find('/')) != std::string_view::npos;) {
    const std::string_view folder = name.substr(0, slash);
    in_coco |= folder == "coco" || folder == "COCO" || IsCocoSplit(folder);
    in_visual_genome |= folder == "visual_genome" || folder == "VG_100K" || folder == "VG_100K_2" ||
                        folder == "vg" || folder == "gqa";
    name.remove_prefix(slash + 1);
  }
  name = name.substr(0, name.rfind('.'));
  if (const auto number = CocoNumber(name, in_coco)) return NumberedKey("coco", *number);
  if (in_visual_genome && !name.empty() && std::all_of(name.begin(), name.end(), IsDigit)) {
    if (const auto number = Number(name)) return NumberedKey("visual genome", *number);
  }
  return std::max<uint64_t>(XXH3_64bits(image.data(), image.size()), 1);
}

}  // namespace flywheel

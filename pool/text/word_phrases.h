// Phrases to look for in the words of a question, many at once: the language in which the rules of
// question_rules.h are written. Knows words only, nothing of types or of what a word means.
//   "what|which color"   alternatives of one word
//   "where ... taken"    up to kMostGapWords words between
//   "^describe"          at the first word        "doing$"   at the last
//   "how many; count the"    ";" parts phrases     "@picture"   a named class of words
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flywheel {

inline constexpr size_t kMostGapWords = 8;

struct WordClass {
  std::string_view name;   // without "@"
  std::string_view words;  // "image|picture"
};

class WordPhrases {
 public:
  // The texts of classes and of phrases must outlive this.
  explicit WordPhrases(std::vector<WordClass> classes) : classes_(std::move(classes)) {}

  // Phrases of one rule; rules count from 0 in the order they are added. FW_CHECKs that the text is
  // of the form above: rules are part of the program.
  void AddRule(std::string_view phrases);
  // The first rule of which a phrase occurs in the words.
  std::optional<size_t> FirstRule(const std::vector<std::string_view>& words) const;

 private:
  using WordId = uint16_t;  // 0: a word that no phrase knows
  struct Element {
    std::vector<WordId> words;  // sorted; empty: a gap
  };
  struct Phrase {
    size_t rule = 0;
    bool at_begin = false;
    bool at_end = false;
    std::vector<Element> elements;
  };

  void AddPhrase(std::string_view text);
  Element ParseElement(std::string_view token);
  void AddAlternatives(std::string_view words, Element* element);
  bool MatchesAt(const Phrase& phrase, size_t begin, const std::vector<WordId>& ids) const;
  bool MatchesRest(const Phrase& phrase, size_t element, size_t at,
                   const std::vector<WordId>& ids) const;

  std::vector<WordClass> classes_;
  size_t rules_ = 0;
  std::unordered_map<std::string_view, WordId> ids_;
  std::vector<Phrase> phrases_;
  std::vector<std::vector<uint32_t>> by_first_word_;  // WordId -> phrases, in order
};

}  // namespace flywheel

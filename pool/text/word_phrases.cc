#include "pool/text/word_phrases.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace flywheel {
namespace {

constexpr std::string_view kGap = "...";

// Calls `part` with the parts between separators, blanks around them and empty parts left out.
template <typename Function>
void ForEachPart(std::string_view text, char separator, const Function& part) {
  while (!text.empty()) {
    const size_t end = text.find(separator);
    std::string_view one = text.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) part(one);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
}

}  // namespace

void WordPhrases::AddRule(std::string_view phrases) {
  ForEachPart(phrases, ';', [&](std::string_view phrase) { AddPhrase(phrase); });
  ++rules_;
}

void WordPhrases::AddPhrase(std::string_view text) {
  Phrase phrase{.rule = rules_, .elements = {}};
  phrase.at_begin = text.starts_with('^');
  phrase.at_end = text.ends_with('$');
  text = text.substr(phrase.at_begin ? 1 : 0);
  if (phrase.at_end) text.remove_suffix(1);
  ForEachPart(text, ' ', [&](std::string_view token) {
    phrase.elements.push_back(token == kGap ? Element() : ParseElement(token));
  });
  FW_CHECK(!phrase.elements.empty() && !phrase.elements.front().words.empty() &&
               !phrase.elements.back().words.empty(),
           "a phrase begins and ends with a word");
  by_first_word_.resize(ids_.size() + 1);
  for (const WordId word : phrase.elements.front().words) {
    by_first_word_[word].push_back(static_cast<uint32_t>(phrases_.size()));
  }
  phrases_.push_back(std::move(phrase));
}

WordPhrases::Element WordPhrases::ParseElement(std::string_view token) {
  Element element;
  AddAlternatives(token, &element);
  std::sort(element.words.begin(), element.words.end());
  const auto end = std::unique(element.words.begin(), element.words.end());
  element.words.erase(end, element.words.end());
  return element;
}

void WordPhrases::AddAlternatives(std::string_view words, Element* element) {
  ForEachPart(words, '|', [&](std::string_view word) {
    if (!word.starts_with('@')) {
      const auto id = static_cast<WordId>(ids_.size() + 1);
      element->words.push_back(ids_.try_emplace(word, id).first->second);
      return;
    }
    const auto found = std::find_if(classes_.begin(), classes_.end(), [&](const WordClass& one) {
      return one.name == word.substr(1);
    });
    FW_CHECK(found != classes_.end(), std::string(word).c_str());
    AddAlternatives(found->words, element);
  });
}

std::optional<size_t> WordPhrases::FirstRule(const std::vector<std::string_view>& words) const {
  std::vector<WordId> ids;
  ids.reserve(words.size());
  for (const std::string_view word : words) {
    const auto found = ids_.find(word);
    ids.push_back(found == ids_.end() ? WordId{0} : found->second);
  }
  size_t best = rules_;
  for (size_t at = 0; at < ids.size(); ++at) {
    if (ids[at] >= by_first_word_.size()) continue;
    for (const uint32_t index : by_first_word_[ids[at]]) {
      const Phrase& phrase = phrases_[index];
      if (phrase.rule >= best) break;  // the rest are of this rule or of later ones
      if (MatchesAt(phrase, at, ids)) best = phrase.rule;
    }
  }
  return best == rules_ ? std::nullopt : std::optional(best);
}

bool WordPhrases::MatchesAt(const Phrase& phrase, size_t begin,
                            const std::vector<WordId>& ids) const {
  if (phrase.at_begin && begin > 0) return false;
  return MatchesRest(phrase, 1, begin + 1, ids);
}

bool WordPhrases::MatchesRest(const Phrase& phrase, size_t element, size_t at,
                              const std::vector<WordId>& ids) const {
  for (; element < phrase.elements.size(); ++element, ++at) {
    const std::vector<WordId>& words = phrase.elements[element].words;
    if (words.empty()) {
      for (size_t skipped = 0; skipped <= kMostGapWords && at + skipped < ids.size(); ++skipped) {
        if (MatchesRest(phrase, element + 1, at + skipped, ids)) return true;
      }
      return false;
    }
    if (at >= ids.size() || !std::binary_search(words.begin(), words.end(), ids[at])) return false;
  }
  return !phrase.at_end || at == ids.size();
}

}  // namespace flywheel

// English about pictures that nobody has seen: words, questions of the nine image types of
// SEED-Bench, sentences and boxes, drawn from a seed. For pools to measure and test on; no model
// should learn from it. Text is JSON's: nothing in it needs an escape that it does not have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/rng.h"

namespace flywheel {

// Words of one kind; the letter stands for it in templates, "What is the {o} made of?".
struct WordList {
  char letter = 0;
  std::span<const std::string_view> words;
};

// All lists, by letter.
std::span<const WordList> SyntheticWords();

// A question and its two answers: a few words, and a sentence.
struct QuestionTemplate {
  std::string_view question;
  std::string_view answer;
  std::string_view sentence;
};

// Of a type of SEED-Bench-1, from kFirstImageType to kLastImageType.
std::span<const QuestionTemplate> SyntheticQuestions(int type);
// About book covers, documents and charts: type 9 as OCR data sets ask it.
std::span<const QuestionTemplate> BookQuestions();
std::span<const QuestionTemplate> DocumentQuestions();
std::span<const QuestionTemplate> ChartQuestions();
// Sentences of descriptions, of conclusions, and of conversations without a picture.
std::span<const std::string_view> DescribingSentences();
std::span<const std::string_view> ReasoningSentences();
std::span<const std::string_view> TalkingSentences();

// Writes templates with words in the place of their letters. "{B}" is a box, "{9}" and so on a
// number of so many digits.
class SyntheticText {
 public:
  explicit SyntheticText(uint64_t seed);

  // Below `bound`, which is below 2^32. Biased by less than bound / 2^32.
  uint32_t Draw(uint32_t bound) {
    return static_cast<uint32_t>(((rng_.Next() >> 32) * bound) >> 32);
  }
  std::string_view PickText(std::span<const std::string_view> texts) {
    return texts[Draw(static_cast<uint32_t>(texts.size()))];
  }
  const QuestionTemplate& PickQuestion(std::span<const QuestionTemplate> questions) {
    return questions[Draw(static_cast<uint32_t>(questions.size()))];
  }

  void Append(std::string_view text, std::string* out);
  void AppendOne(std::span<const std::string_view> texts, std::string* out) {
    Append(PickText(texts), out);
  }
  // "[0.1, 0.25, 0.5, 1.0]".
  void AppendBox(std::string* out);
  // "0.1, 0.25, 0.5, 1.0": for several boxes in one pair of brackets.
  void AppendCorners(std::string* out);
  // Sentences with a space before each, until *out is about `end` long.
  void Fill(std::span<const std::string_view> sentences, size_t end, std::string* out);

 private:
  struct Letter {
    std::span<const std::string_view> words;
    std::string_view last;
  };
  void AppendWord(std::string_view word, std::string* out);

  Rng rng_;
  Letter letters_[128];
};

}  // namespace flywheel

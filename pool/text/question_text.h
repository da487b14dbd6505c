// What a human turn asks, as words in lower case: without "<image>", the pool's prompt prefixes and
// suffixes ("Answer the question directly ..."), option lines and OCR hints. A box of coordinates
// becomes the word "<box>". Does not say what kind of question it is: see question_type.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flywheel {

// Words beyond these are not read: a question is short, a pasted document is not.
inline constexpr size_t kMostQuestionWords = 64;

class QuestionText {
 public:
  explicit QuestionText(std::string_view human_turn);
  QuestionText(const QuestionText&) = delete;  // words_ looks into text_
  QuestionText& operator=(const QuestionText&) = delete;

  // ASCII letters in lower case; apostrophes gone: "what's" is "what" "is", "man's" is "man" "'s",
  // "isn't" is "isnt". Other scripts' bytes are kept as they are.
  const std::vector<std::string_view>& words() const { return words_; }
  // The words with one space between.
  std::string_view text() const { return text_; }

 private:
  void AddLine(std::string_view line);
  void EndWord();

  std::string text_;
  size_t word_begin_ = 0;
  std::vector<std::string_view> words_;
};

}  // namespace flywheel

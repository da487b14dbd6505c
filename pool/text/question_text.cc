#include "pool/text/question_text.h"

#include <algorithm>
#include <array>

#include "pool/formats/llava_row.h"

namespace flywheel {
namespace {

// Longer words are cut there: they are data, not language.
constexpr size_t kMostWordBytes = 40;
// More of a turn than holds the words that are read, unless it is mostly blanks.
constexpr size_t kMostTurnBytes = 1 << 14;
constexpr size_t kMostTextBytes = kMostQuestionWords * (kMostWordBytes + 1);

// What ends the question within a line: the prompts of DataOptim, LLaVA-1.5 and the engine.
constexpr std::array<std::string_view, 12> kEndings = {"Answer the question",
                                                       "Answer with the option",
                                                       "Answer with a single",
                                                       "Answer in one word",
                                                       "Answer in a single",
                                                       "Give a short answer",
                                                       "Reference OCR token",
                                                       "Please answer with",
                                                       "Please answer the question with",
                                                       "Choices:",
                                                       "Options:",
                                                       "Please select the correct"};
constexpr std::array<std::string_view, 6> kBeginnings = {
    "Choose the correct option for the following question:",
    "Answer the following question:",
    "Please answer the following question:",
    "Question:",
    "Q:",
    "Hint:"};

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || IsUpper(c) || IsDigit(c) || static_cast<unsigned char>(c) > 127;
}
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view TrimFront(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

// "A. a cat", "(b) a cat", "C) a cat", "D: a cat".
bool IsOption(std::string_view line) {
  line = TrimFront(line);
  const bool bracket = line.starts_with('(');
  if (bracket) line.remove_prefix(1);
  if (line.size() < 2) return false;
  const char letter = Lower(line[0]);
  if (letter < 'a' || letter > 'j') return false;
  return line[1] == ')' || (!bracket && (line[1] == '.' || line[1] == ':'));
}

// The length of the box "[0.1, 0.2, 0.3, 0.4]" that the text begins with, else 0.
size_t BoxLength(std::string_view text) {
  const size_t end = text.find_first_not_of("0123456789., ", 1);
  if (end == std::string_view::npos || text[end] != ']') return 0;
  return std::count(text.begin(), text.begin() + static_cast<long>(end), ',') >= 3 ? end + 1 : 0;
}

// The length of a straight or a curled (UTF-8) apostrophe that the text begins with, else 0.
size_t ApostropheLength(std::string_view text) {
  if (text.starts_with('\'')) return 1;
  return text.starts_with("\xE2\x80\x99") ? 3 : 0;
}

// Words whose "'s" is "is".
bool TakesIs(std::string_view word) {
  static constexpr std::array<std::string_view, 8> kWords = {"what", "where", "who",  "how",
                                                             "when", "there", "that", "it"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

std::string_view WithoutPrompt(std::string_view line) {
  for (const std::string_view ending : kEndings) line = line.substr(0, line.find(ending));
  line = TrimFront(line);
  if (line.starts_with(kImageToken)) line = TrimFront(line.substr(kImageToken.size()));
  for (const std::string_view beginning : kBeginnings) {
    if (line.starts_with(beginning)) line = TrimFront(line.substr(beginning.size()));
  }
  return line;
}

}  // namespace

QuestionText::QuestionText(std::string_view human_turn) {
  text_.reserve(kMostTextBytes);  // never grows, so that words_ stays true
  words_.reserve(kMostQuestionWords / 4);
  human_turn = human_turn.substr(0, kMostTurnBytes);
  while (!human_turn.empty() && words_.size() < kMostQuestionWords) {
    const size_t end = human_turn.find('\n');
    const std::string_view line = human_turn.substr(0, end);
    if (!IsOption(line)) AddLine(WithoutPrompt(line));
    human_turn = end == std::string_view::npos ? "" : human_turn.substr(end + 1);
  }
  if (text_.ends_with(' ')) text_.pop_back();
}

void QuestionText::AddLine(std::string_view line) {
  for (size_t at = 0; at < line.size() && words_.size() < kMostQuestionWords;) {
    const std::string_view rest = line.substr(at);
    if (const size_t apostrophe = ApostropheLength(rest); apostrophe > 0) {
      at += apostrophe;
      const bool possessive = rest.size() > apostrophe && Lower(rest[apostrophe]) == 's' &&
                              (rest.size() == apostrophe + 1 || !IsWord(rest[apostrophe + 1]));
      if (!possessive || word_begin_ == text_.size()) continue;
      const bool is = TakesIs(std::string_view(text_).substr(word_begin_));
      EndWord();
      if (words_.size() == kMostQuestionWords) return;
      text_ += is ? "is" : "'s";
      ++at;
    } else if (IsWord(rest[0])) {
      if (text_.size() - word_begin_ < kMostWordBytes) text_ += Lower(rest[0]);
      ++at;
    } else {
      EndWord();
      const size_t box = rest[0] == '[' ? BoxLength(rest) : 0;
      if (box > 0 && words_.size() < kMostQuestionWords) {
        text_ += "<box>";
        EndWord();
      }
      at += box > 0 ? box : rest.starts_with(kImageToken) ? kImageToken.size() : 1;
    }
  }
  EndWord();
}

void QuestionText::EndWord() {
  if (word_begin_ == text_.size()) return;
  words_.push_back(std::string_view(text_).substr(word_begin_));
  if (words_.size() < kMostQuestionWords) text_ += ' ';
  word_begin_ = text_.size();
}

}  // namespace flywheel

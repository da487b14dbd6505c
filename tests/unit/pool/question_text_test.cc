#include "pool/text/question_text.h"

#include <catch2/catch.hpp>
#include <optional>

#include "base/rng.h"
#include "pool/text/word_phrases.h"

namespace flywheel {
namespace {

std::string Words(std::string_view turn) { return std::string(QuestionText(turn).text()); }

TEST_CASE("A question is its words in lower case, wherever <image> stands") {
  CHECK(Words("<image>\nWhat COLOR is it?") == "what color is it");
  CHECK(Words("What color is it?\n<image>") == "what color is it");
  CHECK(Words("For the given image <image>, what is it?") == "for the given image what is it");
}

TEST_CASE("The prompts of the pool are not part of the question") {
  CHECK(Words("<image>\nIs that a cat? Answer the question directly with a short sentence or "
              "phrase.") == "is that a cat");
  CHECK(Words("Is it red?\nAnswer the question using a single word or phrase.") == "is it red");
  CHECK(Words("<image>\nChoose the correct option for the following question: Who won?\nA. she\n"
              "B. he\n") == "who won");
  CHECK(Words("How many?\nA. One\n(B) Two\nC) Three\nD: Four\nAnswer with the option's letter from "
              "the given choices directly.") == "how many");
  CHECK(Words("Question: Who won?\nChoices: (A) she (B) he") == "who won");
  CHECK(Words("what brand is it?\nReference OCR token: ACME, 12\nAnswer the question using a "
              "single word or phrase.") == "what brand is it");
}

TEST_CASE("Apostrophes, straight or curled, leave the words that rules know") {
  CHECK(Words("What's the man's hat?") == "what is the man 's hat");
  CHECK(Words("What\xE2\x80\x99s the man\xE2\x80\x99s hat?") == "what is the man 's hat");
  CHECK(Words("Isn't it the 'big' one?") == "isnt it the big one");
}

TEST_CASE("A box of coordinates is one word, other brackets are none") {
  CHECK(Words("Describe [0.1, 0.2, 0.3, 0.4] now") == "describe <box> now");
  CHECK(Words("Describe [0.123,0.2,0.3,1]") == "describe <box>");
  CHECK(Words("See [1, 2] and [a]") == "see 1 2 and a");
  CHECK(Words("Open [0.1, 0.2, 0.3, 0.4") == "open 0 1 0 2 0 3 0 4");
}

TEST_CASE("Only the first words of a long turn are read, and long words in part") {
  std::string turn;
  for (int word = 0; word < 500; ++word) turn += "what's " + std::string(200, 'x') + "\n";
  const QuestionText text(turn);
  CHECK(text.words().size() == kMostQuestionWords);
  CHECK(text.text().size() < kMostQuestionWords * 41);
  for (const std::string_view word : text.words()) CHECK_FALSE(word.empty());
}

TEST_CASE("Any bytes are read within the limits") {
  Rng rng(3);
  // Pieces that the reader looks at, and bytes of all values.
  const std::vector<std::string> pieces = {
      "'s", "\xE2\x80\x99",        "[0.1, 0.2, 0.3, 0.4]", "[", "<image>", "\n(A) ", "what",
      " ",  "Answer the question", "Question: ",           "'"};
  for (int turn = 0; turn < 3000; ++turn) {
    std::string bytes;
    for (uint64_t n = rng.Below(200); n > 0; --n) {
      if (rng.Chance(0.5)) {
        bytes += rng.Pick(pieces);
      } else {
        bytes += static_cast<char>(rng.Below(256));
      }
    }
    const QuestionText text(bytes);
    std::string joined;
    for (const std::string_view word : text.words()) {
      REQUIRE_FALSE(word.empty());
      if (!joined.empty()) joined += ' ';
      joined += word;
    }
    REQUIRE(text.words().size() <= kMostQuestionWords);
    REQUIRE(joined == text.text());
  }
}

TEST_CASE("A turn without words has none") {
  CHECK(QuestionText("").words().empty());
  CHECK(QuestionText("<image>\n ?!").words().empty());
  CHECK(QuestionText("\n\n\n").words().empty());
}

TEST_CASE("Bytes of other scripts, and bytes that are no text at all, are kept") {
  CHECK(Words("图片 里") == "图片 里");
  CHECK(Words(std::string("a\0b\xFF", 4)) == "a b\xFF");
}

std::optional<size_t> FirstRule(const std::vector<std::string_view>& rules,
                                std::string_view question) {
  WordPhrases phrases(std::vector<WordClass>{{"pic", "image|photo"}});
  for (const std::string_view rule : rules) phrases.AddRule(rule);
  return phrases.FirstRule(QuestionText(question).words());
}

TEST_CASE("A phrase is found anywhere, at the first word or at the last as it says") {
  CHECK(FirstRule({"how many"}, "so how many are there") == 0);
  CHECK_FALSE(FirstRule({"how many"}, "how very many"));
  CHECK(FirstRule({"^how many"}, "how many are there") == 0);
  CHECK_FALSE(FirstRule({"^how many"}, "so how many"));
  CHECK(FirstRule({"doing$"}, "what is he doing") == 0);
  CHECK_FALSE(FirstRule({"doing$"}, "what is he doing there"));
}

TEST_CASE("Alternatives, classes and gaps fit as they say") {
  CHECK(FirstRule({"what|which color"}, "which color") == 0);
  CHECK(FirstRule({"the @pic|scene"}, "in the photo") == 0);
  CHECK(FirstRule({"where ... taken"}, "where was it taken") == 0);
  CHECK(FirstRule({"where ... taken"}, "where taken") == 0);
  CHECK_FALSE(FirstRule({"where ... taken"}, "taken where"));
  CHECK_FALSE(FirstRule({"a ... b"}, "a 1 2 3 4 5 6 7 8 9 b"));
  CHECK(FirstRule({"a ... b ... c"}, "a b x b c") == 0);
}

TEST_CASE("The first rule that fits decides, not the first word that fits") {
  CHECK(FirstRule({"one", "two; three"}, "three two one") == 0);
  CHECK(FirstRule({"one", "two; three"}, "three two") == 1);
  CHECK_FALSE(FirstRule({"one", "two"}, "four"));
  CHECK_FALSE(FirstRule({"one"}, ""));
}

}  // namespace
}  // namespace flywheel

#include "analyzers/paired.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "analyzers/mcnemar.h"

namespace flywheel {
namespace {

// Tail of the binomial distribution by adding up Pascal's triangle: every term is a sum of positive
// numbers, so nothing cancels and long double carries more than 15 digits.
std::vector<long double> ExactTails(int n) {
  std::vector<long double> row = {1};
  for (int i = 0; i < n; ++i) {
    std::vector<long double> next(row.size() + 1, 0);
    for (size_t k = 0; k < row.size(); ++k) {
      next[k] += row[k] / 2;
      next[k + 1] += row[k] / 2;
    }
    row = std::move(next);
  }
  for (size_t k = row.size() - 1; k > 0; --k) row[k - 1] += row[k];
  return row;
}

Answer MakeAnswer(const std::string& id, bool correct) {
  Answer answer;
  answer.question_id = id;
  answer.question_type_id = 1;
  answer.answer = 0;
  answer.choice = correct ? 0 : 3;
  return answer;
}

std::vector<Answer> MakeAnswers(const std::string& pattern) {
  std::vector<Answer> answers;
  for (size_t i = 0; i < pattern.size(); ++i) {
    answers.push_back(MakeAnswer(fmt::format("q{}", i), pattern[i] == '+'));
  }
  return answers;
}

TEST_CASE("The exact test equals brute force for every outcome") {
  const int n = GENERATE(range(0, 120), 333, 1000, 1001);
  const std::vector<long double> tails = ExactTails(n);
  for (int fixed = 0; fixed <= n; ++fixed) {
    const auto expected = static_cast<double>(tails[static_cast<size_t>(fixed)]);
    const double found = McNemarOneSided(fixed, n - fixed);
    CAPTURE(n, fixed, expected, found);
    REQUIRE(std::abs(found - expected) <= 1e-12 * expected);
  }
}

TEST_CASE("The exact test holds its digits where counts are huge") {
  // Computed with rational numbers in Python.
  CHECK(McNemarOneSided(5000, 4800) == Approx(0.022202074399923145).epsilon(1e-12));
  CHECK(McNemarOneSided(100000, 99000) == Approx(0.012563608844180472).epsilon(1e-12));
  CHECK(McNemarOneSided(3000, 1000) == Approx(1.2457572693149533e-229).epsilon(1e-12));
}

TEST_CASE("A billion questions take no time and give a probability") {
  // Half of the tosses or more: one half and half of the middle term, which is sqrt(2 / (pi n)).
  const double middle = McNemarOneSided(500'000'000, 500'000'000);
  CHECK(middle == Approx(0.5 + 0.5 * 2.5231325220201607e-05).epsilon(1e-12));
  CHECK(McNemarOneSided(1'000'000'000, 0) == 0);
  CHECK(McNemarOneSided(0, 1'000'000'000) == 1);
}

TEST_CASE("Both sides of a tie share its probability") {
  for (int64_t fixed = 1; fixed < 50; ++fixed) {
    const double at_least = McNemarOneSided(fixed, 50 - fixed);
    const double more_broken = McNemarOneSided(51 - fixed, fixed - 1);
    CHECK(at_least + more_broken == Approx(1).epsilon(1e-14));
  }
}

TEST_CASE("Answers are paired by question id in whatever order they come") {
  const std::vector<Answer> champion = MakeAnswers("++--+-");
  std::vector<Answer> candidate = MakeAnswers("+-++++");
  std::reverse(candidate.begin(), candidate.end());
  const Result<PairedTest> test = PairAnswers(champion, candidate);
  REQUIRE(test.ok());
  CHECK(test->n == 6);
  CHECK(test->fixed == 3);
  CHECK(test->broken == 1);
  CHECK(test->p_value == 5.0 / 16.0);
}

TEST_CASE("Two models that answer alike have no evidence between them") {
  const Result<PairedTest> test = PairAnswers(MakeAnswers("+-+"), MakeAnswers("+-+"));
  REQUIRE(test.ok());
  CHECK(*test == PairedTest{.n = 3, .fixed = 0, .broken = 0, .p_value = 1});
}

TEST_CASE("Sets of questions that differ are refused with the question's id") {
  const std::vector<Answer> two = MakeAnswers("+-");
  const std::vector<Answer> three = MakeAnswers("+-+");
  CHECK(PairAnswers(two, three).status() ==
        InvalidArgument("the candidate answered question 'q2', the champion did not"));
  CHECK(PairAnswers(three, two).status() ==
        InvalidArgument("the champion answered question 'q2', the candidate did not"));
}

TEST_CASE("A question answered twice is refused") {
  std::vector<Answer> twice = MakeAnswers("+-");
  twice.push_back(twice.front());
  CHECK(PairAnswers(twice, MakeAnswers("+-")).status() ==
        InvalidArgument("the champion answered question 'q0' twice"));
  CHECK(PairAnswers(MakeAnswers("+-"), twice).status() ==
        InvalidArgument("the candidate answered question 'q0' twice"));
}

TEST_CASE("Models that were marked by different keys cannot be compared") {
  std::vector<Answer> other_key = MakeAnswers("+-");
  other_key[1].answer = 2;
  const Result<PairedTest> test = PairAnswers(MakeAnswers("+-"), other_key);
  CHECK(test.status().message() ==
        "the right answer to question 'q1' is choice 0 for the champion, 2 for the candidate");
}

}  // namespace
}  // namespace flywheel

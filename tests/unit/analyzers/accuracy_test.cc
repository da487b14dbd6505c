#include "analyzers/accuracy.h"

#include <catch2/catch.hpp>

#include "analyzers/wilson.h"

namespace flywheel {
namespace {

Answer MakeAnswer(int type, bool correct) {
  Answer answer;
  answer.question_type_id = type;
  answer.answer = 2;
  answer.choice = correct ? 2 : 1;
  return answer;
}

TEST_CASE("Wilson's interval equals the published formula") {
  struct Row {
    int correct;
    int n;
    double low;
    double high;
  };
  // Computed with Python's statistics.NormalDist from the formula in Wilson's paper.
  const auto row = GENERATE(
      Row{81, 100, 0.7222115462093562, 0.8748524849023126}, Row{0, 20, 0.0, 0.1611251580528193},
      Row{20, 20, 0.8388748419471808, 1.0}, Row{1, 3, 0.06149194472039632, 0.7923403991979523},
      Row{450, 900, 0.4674034252947717, 0.5325965747052284});
  const Accuracy accuracy = WilsonAccuracy(row.correct, row.n);
  CHECK(accuracy.n == row.n);
  CHECK(accuracy.correct == row.correct);
  CHECK(accuracy.accuracy == static_cast<double>(row.correct) / row.n);
  CHECK(accuracy.low == Approx(row.low).margin(1e-14).epsilon(1e-13));
  CHECK(accuracy.high == Approx(row.high).margin(1e-14).epsilon(1e-13));
}

TEST_CASE("Without questions nothing is known about the accuracy") {
  CHECK(WilsonAccuracy(0, 0) == Accuracy{.n = 0, .correct = 0, .accuracy = 0, .low = 0, .high = 1});
}

TEST_CASE("The interval holds the accuracy and narrows with more questions") {
  for (int correct = 0; correct <= 40; ++correct) {
    const Accuracy few = WilsonAccuracy(correct, 40);
    const Accuracy many = WilsonAccuracy(correct * 100, 4000);
    CHECK(few.low <= few.accuracy);
    CHECK(few.accuracy <= few.high);
    CHECK(many.high - many.low < few.high - few.low);
  }
}

TEST_CASE("A split is counted in total and by the types that occur, in ascending order") {
  const SplitAccuracy split =
      MeasureSplit("gate", {MakeAnswer(9, true), MakeAnswer(4, false), MakeAnswer(9, false),
                            MakeAnswer(4, true), MakeAnswer(9, true)});
  CHECK(split.split == "gate");
  CHECK(split.total == WilsonAccuracy(3, 5));
  REQUIRE(split.by_type.size() == 2);
  CHECK(split.by_type[0].type == 4);
  CHECK(split.by_type[0].name == "Instance Location");
  CHECK(split.by_type[0].n == 2);
  CHECK(split.by_type[0].correct == 1);
  CHECK(split.by_type[0].low == WilsonAccuracy(1, 2).low);
  CHECK(split.by_type[1].type == 9);
  CHECK(split.by_type[1].accuracy == 2.0 / 3.0);
  CHECK(split.by_type[1].high == WilsonAccuracy(2, 3).high);
}

}  // namespace
}  // namespace flywheel

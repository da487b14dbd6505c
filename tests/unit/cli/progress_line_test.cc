#include "clients/cli/progress_line.h"

#include <catch2/catch.hpp>

#include "clients/cli/number_text.h"
#include "clients/cli/text_table.h"

namespace flywheel {
namespace {

v1::RunningAttempt Training() {
  v1::RunningAttempt attempt;
  attempt.set_attempt("c7/i2/train/t0/a1");
  attempt.mutable_progress()->set_fraction(0.525);
  attempt.mutable_progress()->set_rate(231.5);
  attempt.mutable_progress()->set_unit("images");
  attempt.mutable_progress()->set_eta_s(19.4);
  attempt.mutable_progress()->set_message("step 320 of 610");
  return attempt;
}

TEST_CASE("a progress bar shows the share, the rate, the time left and the task's own words") {
  CHECK(
      ProgressBarLine(Training(), {100, GlyphSet::kAscii}) ==
      "  i2/train/t0    [############------------]  52 %  232 images/s  ETA 0:19  step 320 of 610");
  CHECK(
      ProgressBarLine(Training(), {100, GlyphSet::kUnicode}) ==
      "  i2/train/t0    ▕████████████▌           ▏  52 %  232 images/s  ETA 0:19  step 320 of 610");
}

TEST_CASE("no line is wider than the terminal, whatever a task says") {
  v1::RunningAttempt attempt = Training();
  attempt.mutable_progress()->set_message(std::string(300, 'x') + "é");
  for (const int width : {1, 20, 40, 71, 72, 80, 200}) {
    for (const GlyphSet glyphs : {GlyphSet::kAscii, GlyphSet::kUnicode}) {
      const std::string line = ProgressBarLine(attempt, {width, glyphs});
      CHECK(DisplayWidth(line) < static_cast<size_t>(std::max(width, 2)));
    }
  }
}

TEST_CASE("a retry is told from the first attempt, and logs get words") {
  v1::RunningAttempt attempt = Training();
  attempt.set_attempt("c7/i2/train/t0/a2");
  CHECK(ProgressLogLine(attempt) ==
        "  i2/train/t0/a2: 52 %, 232 images/s, ETA 0:19, step 320 of 610");
}

TEST_CASE("what nobody measured is not shown") {
  v1::RunningAttempt attempt;
  attempt.set_attempt("c7/i1/score/t0/a1");
  attempt.mutable_progress()->set_eta_s(-1);
  CHECK(ProgressLogLine(attempt) == "  i1/score/t0: 0 %");
}

TEST_CASE("bars are full only at the end") {
  CHECK(Bar(0, 4, GlyphSet::kAscii) == "----");
  CHECK(Bar(0.999, 4, GlyphSet::kAscii) == "###-");
  CHECK(Bar(1, 4, GlyphSet::kAscii) == "####");
  CHECK(Bar(7, 4, GlyphSet::kAscii) == "####");
  CHECK(Bar(0.3125, 4, GlyphSet::kUnicode) == "█▎  ");
}

TEST_CASE("numbers read well at every size") {
  CHECK(DurationText(0.4) == "0:00");
  CHECK(DurationText(59.6) == "1:00");
  CHECK(DurationText(3723) == "1:02:03");
  CHECK(CountText(999) == "999");
  CHECK(CountText(1234567) == "1,234,567");
  CHECK(CountText(-1234) == "-1,234");
  CHECK(Counted(1, "image") == "1 image");
  CHECK(PValueText(0.0344) == "0.034");
  CHECK(PValueText(0.00044) == "0.0004");
  CHECK(PValueText(1.23e-19) == "1.2e-19");
  CHECK(SignedPercent(-0.0001) == "0.0");
  CHECK(SignedPercent(0.081) == "+8.1");
  CHECK(SecondsText(6.14) == "6.1");
  CHECK(SecondsText(58.2) == "58");
}

}  // namespace
}  // namespace flywheel

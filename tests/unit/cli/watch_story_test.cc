#include "clients/cli/watch_story.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>

namespace flywheel {
namespace {

// Feeds events in text format, one a string, and returns every line told.
std::string Tell(WatchStory* story, const std::vector<std::string>& events) {
  std::string text;
  for (const std::string& source : events) {
    v1::Event event;
    REQUIRE(google::protobuf::TextFormat::ParseFromString(source, &event));
    for (const std::string& line : story->Tell(event)) text += line + "\n";
  }
  return text;
}

TEST_CASE("an iteration is told with what each stage found") {
  WatchStory story;
  const std::string told = Tell(
      &story,
      {R"(seq: 1 campaign: "campaigns/c1" campaign_created { spec { display_name: "quickstart"
            iterations: 1 seed: 4 } })",
       R"(seq: 2 time { seconds: 100 } stage_started { stage: "prepare" })",
       R"(attempt_succeeded { attempt: "c1/i0/prepare/t0/a1" result { prepare {
            splits { split: "steer" questions: 900 } splits { split: "sealed" questions: 1800 }
            bank_images: 12000 warnings: "type 6 has fewer than 30 gate questions" } } })",
       R"(time { seconds: 106 } stage_ended { stage: "prepare" })",
       R"(time { seconds: 106 } stage_started { iteration: 1 stage: "evaluate" })",
       R"(attempt_succeeded { attempt: "c1/i1/evaluate/t0/a1" result {} })",
       R"(attempt_succeeded { attempt: "c1/i1/evaluate/t3/a1" result { evaluation {
            splits { split: "steer" total { n: 900 accuracy: 0.498 } }
            splits { split: "sealed" total { n: 1800 accuracy: 0.497 low: 0.474 high: 0.52 } }
            } } })",
       R"(time { seconds: 110 } stage_ended { iteration: 1 stage: "evaluate" })",
       R"(gate_decided { iteration: 1 verdict { verdict: "baseline" reason: "the first model" } })",
       R"(time { seconds: 110 } stage_started { iteration: 1 stage: "analyze" })",
       R"(attempt_succeeded { result { analysis { policy: "power 1.5"
            weights { name: "A" weight: 0.1 } weights { name: "B" weight: 0.4 }
            weights { name: "C" weight: 0.3 } weights { name: "D" weight: 0.15 }
            weights { name: "E" weight: 0.05 } weights { name: "F" weight: 0 } } } })",
       R"(time { seconds: 111 } stage_ended { iteration: 1 stage: "analyze" })",
       R"(time { seconds: 111 } stage_started { iteration: 1 stage: "generate" })",
       R"(attempt_succeeded { result { generation { samples: 20000 images: 5000
            replay_images: 1500 dropped { reason: "x" count: 30 } dropped { count: 2 } } } })",
       R"(time { seconds: 115 } stage_ended { iteration: 1 stage: "generate" })",
       R"(time { seconds: 115 } stage_started { iteration: 1 stage: "train" })",
       R"(attempt_succeeded { result { training { steps: 812 images: 13000 first_loss: 1.444
            last_loss: 0.381 } } })",
       R"(time { seconds: 183 } stage_ended { iteration: 1 stage: "train" })",
       R"(time { seconds: 183 } stage_started { iteration: 2 stage: "evaluate" })",
       R"(seq: 21 why: "all iterations are done" campaign_ended { state: SUCCEEDED })"});
  CHECK(told == R"(quickstart (campaigns/c1): 1 iteration, seed 4
  prepare    6.0 s  questions: steer 900, sealed 1,800; bank: 12,000 images; 1 note in the report
iteration 1 of 1
  evaluate   4.0 s  steer 49.8 %, sealed 49.7 % (47.4 to 52.0)
  gate     baseline: the first model
  analyze    1.0 s  power 1.5: B 40 %, C 30 %, D 15 %, A 10 %, 1 more
  generate   4.0 s  20,000 samples on 5,000 images, 1,500 images replayed, 32 dropped
  train       1:08  812 steps on 13,000 images, loss 1.44 to 0.38
closing evaluation
SUCCEEDED: all iterations are done
)");
  CHECK(story.last_seq() == 21);
}

TEST_CASE("attempts run from their start to their end and carry the latest progress") {
  WatchStory story;
  Tell(&story, {R"(attempt_started { attempt: "c1/i1/evaluate/t0/a1" worker: "w1" })",
                R"(attempt_started { attempt: "c1/i1/evaluate/t1/a1" worker: "w2" })"});
  v1::RunningAttempt progress;
  progress.set_attempt("c1/i1/evaluate/t1/a1");
  progress.mutable_progress()->set_fraction(0.5);
  story.Update(progress);
  progress.set_attempt("c1/i9/train/t0/a1");  // nothing that was started
  story.Update(progress);
  REQUIRE(story.running().size() == 2);
  CHECK(story.running()[1].progress().fraction() == 0.5);
  Tell(&story, {R"(attempt_succeeded { attempt: "c1/i1/evaluate/t0/a1" })"});
  REQUIRE(story.running().size() == 1);
  CHECK(story.running()[0].attempt() == "c1/i1/evaluate/t1/a1");
  Tell(&story, {R"(campaign_ended { state: CANCELLED })"});
  CHECK(story.running().empty());
}

TEST_CASE("a failed attempt is told with its reason and whether it is tried again") {
  WatchStory story;
  const std::string told =
      Tell(&story, {R"(stage_started { iteration: 2 stage: "train" })",
                    R"(attempt_failed { attempt: "c1/i2/train/t0/a1" kind: TASK reason: "signal 9"
                       retry_time { seconds: 5 } })",
                    R"(attempt_failed { attempt: "c1/i2/train/t0/a2" kind: PERMANENT
                       reason: "images/3.jpg: not an image" })"});
  CHECK(told == R"(iteration 2
  train    c1/i2/train/t0/a1 failed: signal 9; it is tried again
  train    c1/i2/train/t0/a2 failed: images/3.jpg: not an image
)");
}

}  // namespace
}  // namespace flywheel

// What a campaign's events mean, line by line, for people who watch it: one line a stage with its
// result, the gate's verdicts, failures and the end. Also keeps the attempts that run now. Prints
// nothing itself and knows no clock.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flywheel/v1/event.pb.h"

namespace flywheel {

class WatchStory {
 public:
  // Lines to print for this event, often none. Events come in the order of the journal.
  std::vector<std::string> Tell(const v1::Event& event);
  void Update(const v1::RunningAttempt& attempt);

  // In the order in which they began.
  const std::vector<v1::RunningAttempt>& running() const { return running_; }
  int64_t last_seq() const { return last_seq_; }

 private:
  // What is known of the stage that runs now.
  struct Stage {
    int iteration = 0;
    std::string name;
    double begin_s = 0;
    std::string outcome;  // of the task that said most
  };

  std::vector<std::string> BeginStage(const v1::Event& event);
  std::vector<std::string> EndStage(const v1::Event& event);
  std::vector<std::string> EndAttempt(const v1::Event& event);
  void Forget(const std::string& attempt);

  int iterations_ = 0;
  int told_iteration_ = 0;
  Stage stage_;
  std::vector<v1::RunningAttempt> running_;
  int64_t last_seq_ = 0;
};

// What a task found, in a few words: "1,200 steps on 10,400 images, loss 1.44 to 0.38". Empty for
// results without a summary.
std::string SummaryText(const v1::TaskResult& result);

// "2026-05-04 12:31:07" in the local time zone.
std::string LocalTime(const google::protobuf::Timestamp& time);

}  // namespace flywheel

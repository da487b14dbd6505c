// The commands of the core's golden scripts, run against a loop in a fake world. README.md of this
// folder lists them.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "orchestrator/engine/loop.h"
#include "tests/support/fake_journal.h"
#include "tests/support/fake_world.h"

namespace flywheel {

class CoreScript {
 public:
  CoreScript();

  // What the command line did, a line each.
  std::string Run(const std::string& line);

 private:
  // A command line: its words, and its name=value pairs.
  struct Words;
  void Create(const Words& words);
  void Say(const std::string& command, const Words& words);
  void Worker(const Words& words);
  void End(const Words& words);
  void RunAll(const Words& words);
  void Advance(const Words& words);
  void Restart();
  void Show(const Words& words);
  void ShowReport(int64_t campaign);
  void Submit(Command command);
  void Take(std::vector<Observation> observations);
  Observation Success(const FakeLink::Assigned& assigned) const;
  const FakeLink::Assigned& Find(const std::string& attempt) const;
  void Print();
  void Line(const std::string& line) { out_ << line << "\n"; }

  FakeJournal journal_;
  FakeExecutor executor_;
  FakeLink link_;
  FakeClock clock_;
  std::unique_ptr<Loop> loop_;
  FakeOutcome outcome_;
  TimeMs start_ms_ = 0;
  int64_t connection_ = 0;
  int64_t printed_ = 0;  // events
  int32_t wanted_ = 0;
  std::vector<std::string> said_;  // to workers, since the last print
  std::ostringstream out_;
};

}  // namespace flywheel

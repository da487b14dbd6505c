#include "tests/golden/core/core_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/core/report.h"
#include "tests/support/campaign_specs.h"

namespace flywheel {

struct CoreScript::Words {
  explicit Words(const std::string& line) {
    std::istringstream in(line);
    std::string word;
    while (in >> word) {
      const size_t equals = word.find('=');
      if (equals == std::string::npos) {
        plain.push_back(word);
      } else {
        named[word.substr(0, equals)] = word.substr(equals + 1);
      }
    }
  }
  const std::string& at(size_t i) const {
    FW_CHECK(i < plain.size(), "the command lacks a word");
    return plain[i];
  }
  std::string Text(const std::string& name, const std::string& otherwise) const {
    const auto found = named.find(name);
    return found == named.end() ? otherwise : found->second;
  }
  double Number(const std::string& name, double otherwise) const {
    const auto found = named.find(name);
    return found == named.end() ? otherwise : std::stod(found->second);
  }
  int32_t Int(const std::string& name, int32_t otherwise) const {
    return static_cast<int32_t>(Number(name, otherwise));
  }

  std::vector<std::string> plain;
  std::map<std::string, std::string> named;
};

namespace {

int64_t CampaignOf(const std::string& word) { return std::stoll(word.substr(1)); }

// Long digests are told apart by their first eight digits.
std::string Shorten(std::string text) {
  size_t run = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i]))) {
      ++run;
      continue;
    }
    if (run >= 12) {
      text.erase(i - run + 8, run - 8);
      i = i - run + 8;
    }
    run = 0;
  }
  return text;
}

std::string KindName(const Event& event) {
  static const char* const kNames[] = {
      "CampaignCreated", "CampaignPaused",   "CampaignResumed", "CampaignCancelRequested",
      "CampaignEnded",   "StageStarted",     "TasksAdded",      "StageEnded",
      "AttemptStarted",  "AttemptSucceeded", "AttemptFailed",   "GateDecided",
      "CampaignDeleted", "TaskRerun"};
  return kNames[event.kind.index()];
}

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  std::string part;
  while (std::getline(in, part, at)) parts.push_back(part);
  return parts;
}

}  // namespace

CoreScript::CoreScript() {
  executor_.given = {.host = "host", .max_workers = 4, .cpus = 2, .memory_mb = 4096};
  start_ms_ = clock_.now_ms;
  link_.on_message = [this](const std::string& line) { said_.push_back(line); };
  Restart();
}

std::string CoreScript::Run(const std::string& line) {
  out_.str("");
  const Words words(line);
  const std::string& command = words.at(0);
  if (command == "create") {
    Create(words);
  } else if (command == "pause") {
    Submit(
        PauseCampaign{CampaignOf(words.at(1)), words.Text("etag", ""), words.Int("now", 0) != 0});
  } else if (command == "resume") {
    Submit(ResumeCampaign{CampaignOf(words.at(1)), words.Text("etag", "")});
  } else if (command == "cancel") {
    Submit(CancelCampaign{CampaignOf(words.at(1)), words.Text("etag", "")});
  } else if (command == "delete") {
    Submit(DeleteCampaign{CampaignOf(words.at(1)), words.Text("etag", "")});
  } else if (command == "rerun") {
    Submit(RerunTask{AttemptOf(words.at(1) + "/a1").task});
  } else if (command == "restart") {
    Restart();
    Line("replayed");
  } else if (command == "advance") {
    Advance(words);
  } else if (command == "outcome") {
    outcome_.p_value = words.Number("p", outcome_.p_value);
    outcome_.accuracy = words.Number("accuracy", outcome_.accuracy);
    if (words.named.contains("splits")) {
      const std::vector<std::string> splits = Split(words.Text("splits", ""), ',');
      outcome_.splits = std::set<std::string>(splits.begin(), splits.end());
    }
  } else {
    Say(command, words);
  }
  Print();
  return out_.str();
}

// What workers do, and what is looked at.
void CoreScript::Say(const std::string& command, const Words& words) {
  if (command == "worker") return Worker(words);
  if (command == "finish" || command == "fail") return End(words);
  if (command == "run") return RunAll(words);
  if (command == "disconnect") {
    const WorkerState& worker = loop_->snapshot()->workers.at(words.at(1));
    return Take({WorkerDisconnected{words.at(1), worker.connection}});
  }
  if (command == "disk") {
    return Take({DiskSeen{words.Int("free", 0), words.at(1) == "low"}});
  }
  if (command == "ended") return Take({WorkerEnded{words.at(1), words.Text("reason", "")}});
  if (command == "show" || command == "report") return Show(words);
  Line("unknown command " + command);
}

void CoreScript::Create(const Words& words) {
  CampaignSpec spec = SmallSpec(words.at(1));
  spec.iterations = words.Int("iterations", spec.iterations);
  spec.priority = words.Int("priority", 0);
  spec.seed = static_cast<uint64_t>(words.Number("seed", 7));
  if (words.Text("start", "") == "base") spec.start = TrainStart::kBase;
  if (words.Text("gate", "") == "always") spec.gate.policy = GatePolicy::kAlwaysPromote;
  spec.stop.patience = words.Int("patience", 0);
  spec.stop.target_accuracy = words.Number("target", 0);
  spec.stop.max_samples = words.Int("max_samples", 0);
  spec.stages.train.resources.cpus = words.Int("train_cpus", 1);
  CreateCampaign create = CreateOf(std::move(spec));
  create.request_id = words.Text("request", "");
  Submit(std::move(create));
}

void CoreScript::Worker(const Words& words) {
  WorkerConnected connected = Connected(words.at(1), ++connection_, words.Int("cpus", 2));
  connected.hello.host = words.Text("host", "host");
  connected.hello.kinds = Split(words.Text("kinds", ""), ',');
  for (const std::string& name : Split(words.Text("holds", ""), ',')) {
    connected.hello.running.push_back({AttemptOf(name), Find(name).fencing_token});
  }
  Take({connected});
}

void CoreScript::End(const Words& words) {
  const FakeLink::Assigned& assigned = Find(words.at(1));
  AttemptFinished finished = std::get<AttemptFinished>(Success(assigned));
  finished.fencing_token = words.Int("token", static_cast<int32_t>(finished.fencing_token));
  if (words.at(0) == "fail") {
    AttemptFailure failure;
    failure.exit_code = words.Int("exit", 0);
    failure.signal = words.Int("signal", 0);
    failure.reason = words.Text("reason", "boom");
    failure.cancelled = words.Int("cancelled", 0) != 0;
    failure.infrastructure = words.Int("infrastructure", 0) != 0;
    // "model": what this task knows under that name.
    for (const TaskInput& input : assigned.task.inputs) {
      if (input.name == words.Text("damaged", "")) failure.damaged_inputs.push_back(input.digest);
    }
    finished.outcome = failure;
  } else if (words.named.contains("differs")) {
    for (TaskOutput& output : std::get<Shared<TaskResult>>(finished.outcome).Edit().outputs) {
      if (output.name == words.Text("differs", ""))
        std::reverse(output.digest.begin(), output.digest.end());
    }
  } else if (words.named.contains("lacks")) {
    FakeOutcome outcome = outcome_;
    outcome.lacks.insert(words.Text("lacks", ""));
    finished.outcome = FakeResult(assigned.task, outcome);
  }
  Take({finished});
}

// Time passes in steps of ten seconds; connected workers beat the heart, but for a silent one.
void CoreScript::Advance(const Words& words) {
  const TimeMs end = clock_.now_ms + SecondsToMs(std::stod(words.at(1)));
  const std::string silent = words.Text("silent", "");
  while (clock_.now_ms < end) {
    clock_.now_ms = std::min(end, clock_.now_ms + 10'000);
    std::vector<Observation> beats;
    for (const auto& [name, worker] : loop_->snapshot()->workers) {
      if (!worker.connected || name == silent) continue;
      WorkerHeard heard{name, worker.connection, {}};
      for (const auto& [attempt, holding] : worker.holding) {
        heard.running.push_back({attempt, holding.fencing_token});
      }
      beats.push_back(std::move(heard));
    }
    Take(std::move(beats));
  }
}

// Every assigned attempt succeeds, a second each, until nothing runs or `until` was assigned.
void CoreScript::RunAll(const Words& words) {
  const std::string until = words.Text("until", "");
  for (size_t next = 0; next < link_.assigned.size(); ++next) {
    const FakeLink::Assigned assigned = link_.assigned[next];
    if (!until.empty() && assigned.task.attempt == until) return;
    const AttemptId id = AttemptOf(assigned.task.attempt);
    const CampaignState* campaign = loop_->snapshot()->Find(id.task.campaign);
    const Attempt* running = campaign->FindTask(id.task)->running();
    if (running == nullptr || running->fencing_token != assigned.fencing_token) continue;
    clock_.now_ms += 1000;
    Take({Success(assigned)});
    Print();
  }
}

Observation CoreScript::Success(const FakeLink::Assigned& assigned) const {
  AttemptFinished finished;
  finished.worker = assigned.to.worker;
  finished.attempt = AttemptOf(assigned.task.attempt);
  finished.fencing_token = assigned.fencing_token;
  finished.outcome = FakeResult(assigned.task, outcome_);
  finished.seconds = 1;
  return finished;
}

const FakeLink::Assigned& CoreScript::Find(const std::string& attempt) const {
  for (const FakeLink::Assigned& assigned : link_.assigned) {
    if (assigned.task.attempt == attempt) return assigned;
  }
  FW_CHECK(false, ("never assigned: " + attempt).c_str());
}

void CoreScript::Restart() {
  LoopConfig config;
  config.capacity = executor_.given;
  loop_ = std::make_unique<Loop>(LoopPorts{&journal_, &executor_, &link_, &clock_}, config);
  const Status booted = loop_->Boot();
  if (!booted.ok()) Line(booted.ToString());
}

void CoreScript::Submit(Command command) {
  const Result<Shared<CampaignState>> reply = SubmitNow(*loop_, std::move(command));
  if (reply.ok()) {
    Line(fmt::format("= {} {} etag {}", CampaignResourceName((*reply)->id),
                     CampaignPhaseName((*reply)->phase), Etag(**reply)));
  } else {
    Line("= " + reply.status().ToString());
  }
}

void CoreScript::Take(std::vector<Observation> observations) {
  const Status status = ObserveNow(*loop_, std::move(observations));
  if (!status.ok()) Line(status.ToString());
}

void CoreScript::Show(const Words& words) {
  const int64_t id = CampaignOf(words.at(1));
  const CampaignState& campaign = *loop_->snapshot()->Find(id);
  if (words.at(0) == "report") return ShowReport(id);
  for (const StageRun& run : campaign.iterations.back()->stages) {
    for (const Task& task : run.tasks) {
      std::string inputs;
      for (const TaskInput& input : task.spec->inputs) {
        inputs += fmt::format(" {}={}", input.name, input.digest.substr(0, 8));
      }
      Line(fmt::format("{} {}{}", ToString(task.id), task.spec->kind, inputs));
      Line(fmt::format("  {}", Shorten(task.spec->parameters.dump())));
    }
  }
}

void CoreScript::ShowReport(int64_t id) {
  const CampaignReport report = MakeReport(*loop_->snapshot()->Find(id), clock_.now_ms);
  Line(fmt::format("{} champion {} {:.0f} s: {}", CampaignPhaseName(report.state),
                   report.champion.substr(0, 8), report.total_seconds,
                   Shorten(report.state_reason)));
  for (const IterationReport& entry : report.iterations) {
    Line(fmt::format("  {} model {} champion {} gate {} weights {} samples {} sealed {} of {}",
                     entry.iteration, entry.model.substr(0, 8), entry.champion.substr(0, 8),
                     entry.gate ? entry.gate->verdict : "-", entry.weights.size(),
                     entry.generated ? entry.generated->samples : 0,
                     entry.evaluation ? entry.evaluation->sealed.correct : 0,
                     entry.evaluation ? entry.evaluation->sealed.n : 0));
  }
  for (const std::string& note : report.notes) Line("  note: " + note);
}

void CoreScript::Print() {
  for (const Event& event : journal_.events()) {
    if (event.seq <= printed_) continue;
    printed_ = event.seq;
    Line(fmt::format("#{} +{:.1f}s c{} {}: {}", event.seq, MsToSeconds(event.time_ms - start_ms_),
                     event.campaign, KindName(event), Shorten(event.why)));
  }
  for (const std::string& line : said_) Line(line);
  said_.clear();
  if (executor_.wanted != wanted_) Line(fmt::format("workers wanted: {}", executor_.wanted));
  wanted_ = executor_.wanted;
}

}  // namespace flywheel

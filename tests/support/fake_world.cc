#include "tests/support/fake_world.h"

#include <fmt/format.h>

#include <utility>

namespace flywheel {

void FakeLink::Assign(const WorkerAddress& to, const TaskSpec& task, int64_t fencing_token) {
  assigned.push_back({to, task, fencing_token});
  if (!on_message) return;
  on_message(fmt::format("{} <- assign {} token {}", to.worker, task.attempt, fencing_token));
}

void FakeLink::Cancel(const WorkerAddress& to, const AttemptId& attempt, int64_t fencing_token) {
  cancelled.push_back({to, attempt, fencing_token});
  if (!on_message) return;
  on_message(fmt::format("{} <- cancel {} token {}", to.worker, ToString(attempt), fencing_token));
}

void FakeLink::Acknowledge(const Acknowledgement& acknowledgement) {
  acknowledged.push_back(acknowledgement);
  if (!on_message) return;
  on_message(fmt::format("{} <- {} {}{}", acknowledgement.worker,
                         acknowledgement.accepted ? "accepted" : "refused",
                         ToString(acknowledgement.attempt),
                         acknowledgement.accepted ? "" : ": " + acknowledgement.reason));
}

Result<Shared<CampaignState>> SubmitNow(Loop& loop, Command command) {
  std::optional<Result<Shared<CampaignState>>> answer;
  std::vector<LoopInput> inbox;
  inbox.emplace_back(SubmittedCommand{
      std::move(command), [&](Result<Shared<CampaignState>> reply) { answer = std::move(reply); }});
  const auto turn = loop.TakeTurn(std::move(inbox));
  FW_CHECK(answer.has_value(), "a turn answers every command");
  return *std::move(answer);
}

Status ObserveNow(Loop& loop, std::vector<Observation> observations) {
  std::vector<LoopInput> inbox;
  for (Observation& observation : observations) inbox.emplace_back(std::move(observation));
  return loop.TakeTurn(std::move(inbox)).status();
}

WorkerConnected Connected(const std::string& worker, int64_t connection, int32_t cpus) {
  WorkerConnected connected;
  connected.hello.worker = worker;
  connected.hello.host = "host";
  connected.hello.cpus = cpus;
  connected.connection = connection;
  return connected;
}

AttemptId AttemptOf(const std::string& text) {
  const Result<AttemptId> id = ParseAttemptId(text);
  FW_CHECK(id.ok(), text.c_str());
  return *id;
}

}  // namespace flywheel

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <set>

#include "base/io/faults/fault_points.h"
#include "orchestrator/engine/loop.h"
#include "orchestrator/store/sqlite_journal.h"
#include "tests/support/campaign_specs.h"
#include "tests/support/fake_world.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

constexpr int kJournals = 10;
constexpr int kCampaigns = 250;  // a journal; four submissions each

// The engine on a real journal, started anew whenever the journal has failed, as the daemon is.
class RestartedLoop {
 public:
  explicit RestartedLoop(std::string path) : path_(std::move(path)) {}

  // Submits until it is answered by something else than a failed journal.
  Result<Shared<CampaignState>> Submit(const Command& command, bool* repeated) {
    *repeated = false;
    while (true) {
      if (!loop_) Boot();
      Result<Shared<CampaignState>> answer = SubmitNow(*loop_, command);
      if (answer.status().code() != StatusCode::kInternal) return answer;
      loop_.reset();
      ++failures_;
      *repeated = true;
    }
  }

  void Close() {
    loop_.reset();
    journal_.reset();
  }
  int failures() const { return failures_; }

 private:
  void Boot() {
    while (true) {
      journal_.reset();
      Result<std::unique_ptr<SqliteJournal>> journal = SqliteJournal::Open(path_);
      REQUIRE(journal.ok());
      journal_ = *std::move(journal);
      loop_.emplace(LoopPorts{journal_.get(), &executor_, &link_, &clock_}, LoopConfig());
      if (loop_->Boot().ok()) return;
      ++failures_;  // its first turn writes too
    }
  }

  std::string path_;
  FakeExecutor executor_;
  FakeLink link_;
  FakeClock clock_;
  std::unique_ptr<SqliteJournal> journal_;
  std::optional<Loop> loop_;
  int failures_ = 0;
};

CreateCampaign CreateNumber(int number) {
  CreateCampaign create = CreateOf(SmallSpec(fmt::format("campaign-{}", number)));
  create.request_id = fmt::format("request-{}", number);
  return create;
}

// One campaign's whole life. What is repeated after a failure may have happened already.
void RunLife(RestartedLoop& loop, int number) {
  bool repeated = false;
  const auto created = loop.Submit(CreateNumber(number), &repeated);
  INFO(created.status().ToString());
  REQUIRE(created.ok());
  const int64_t id = (*created)->id;
  CHECK(id == number);
  REQUIRE(loop.Submit(PauseCampaign{.campaign = id, .etag = {}}, &repeated).ok());
  REQUIRE(loop.Submit(CancelCampaign{.campaign = id, .etag = {}}, &repeated).ok());
  const auto deleted = loop.Submit(DeleteCampaign{.campaign = id, .etag = {}}, &repeated);
  if (!deleted.ok()) {
    CHECK(repeated);
    CHECK(deleted.status().code() == StatusCode::kNotFound);
  }
}

// What happened to each campaign, in order: indices of EventKind.
std::map<int64_t, std::vector<size_t>> Histories(const std::string& path) {
  const auto journal = SqliteJournal::Open(path);
  REQUIRE(journal.ok());
  std::map<int64_t, std::vector<size_t>> histories;
  std::set<std::string> requests;
  REQUIRE((*journal)
              ->Replay([&](const JournalEntry& entry) {  // refuses a gap
                REQUIRE(entry.event.ok());
                histories[entry.campaign].push_back(entry.event->kind.index());
                const auto* created = std::get_if<CampaignCreated>(&entry.event->kind);
                if (created != nullptr) CHECK(requests.insert(created->request_id).second);
                return OkStatus();
              })
              .ok());
  return histories;
}

}  // namespace

TEST_CASE(
    "reliability 11: commits that succeed and report a timeout cost and double no transition") {
  const testing::TempDir dir(testing::TempDir::Memory());
  SetFaults({});
  RestartedLoop undisturbed(dir / "undisturbed");
  RunLife(undisturbed, 1);
  undisturbed.Close();
  const std::vector<size_t> expected = Histories(dir / "undisturbed").at(1);
  REQUIRE(expected.size() >= 4);

  int failures = 0;
  for (int i = 0; i < kJournals; ++i) {
    const std::string path = dir / fmt::format("journal{}", i);
    // 5 % of the commits are done and reported as failed, 5 % are not done.
    SetFaults(*ParseFaultRates(fmt::format("seed={},commit=0.1,late=0.5", 11 + i)));
    RestartedLoop loop(path);
    for (int number = 1; number <= kCampaigns; ++number) RunLife(loop, number);
    SetFaults({});
    loop.Close();
    failures += loop.failures();
    const auto histories = Histories(path);
    CHECK(histories.size() == kCampaigns);
    for (const auto& [campaign, history] : histories) {
      INFO("seed " << 11 + i << ", campaign " << campaign);
      CHECK(history == expected);
    }
  }
  CHECK(failures > kJournals * kCampaigns * 4 / 20);
}

}  // namespace flywheel

#include <catch2/catch.hpp>

#include "orchestrator/wire/event_codec.h"
#include "orchestrator/wire/json_message.h"
#include "orchestrator/wire/report_codec.h"
#include "orchestrator/wire/spec_codec.h"
#include "orchestrator/wire/task_codec.h"
#include "orchestrator/wire/worker_codec.h"
#include "tests/support/journal_conformance.h"

namespace flywheel {
namespace {

// Through the bytes that the journal stores.
Event RoundTrip(const Event& event) {
  const auto message = ToProto(event);
  REQUIRE(message.ok());
  v1::Event parsed;
  REQUIRE(parsed.ParseFromString(message->SerializeAsString()));
  const auto back = FromProto(parsed);
  INFO(back.status().ToString());
  REQUIRE(back.ok());
  return *back;
}

v1::WorkerMessage FinishedMessage() {
  v1::WorkerMessage message;
  message.mutable_finished()->set_attempt("c1/i2/train/t0/a3");
  message.mutable_finished()->set_fencing_token(9);
  return message;
}

constexpr int64_t kConnection = 5;
const MessageSource kSource{.worker = "w1", .connection = kConnection};

}  // namespace

TEST_CASE("every kind of event comes back from the wire as it was") {
  for (const Event& event : EveryKindOfEvent()) {
    INFO(event.why << ", kind " << event.kind.index());
    CHECK(RoundTrip(event) == event);
  }
}

TEST_CASE("an event that cannot be read is data loss and names its seq") {
  v1::Event message;
  message.set_seq(12);
  message.set_campaign("campaigns/c1");
  const auto refused = [&] {
    const auto event = FromProto(message);
    REQUIRE(event.status().code() == StatusCode::kDataLoss);
    CHECK(event.status().message().find("event 12") == 0);
  };
  refused();  // no kind
  message.mutable_stage_ended()->set_stage("lunch");
  refused();
  message.mutable_attempt_started()->set_attempt("c1/a1");
  refused();
  message.mutable_campaign_paused();
  message.set_campaign("c1");
  refused();
}

TEST_CASE("an explicit zero in a section of the spec reaches the tasks as a zero") {
  v1::CampaignSpec message;
  message.mutable_train()->set_epochs(2);
  message.mutable_data()->mutable_world()->set_steer_questions(5);
  const auto spec = FromProto(message);
  REQUIRE(spec.ok());
  CHECK(spec->train.at("weight_decay") == 0);
  CHECK(spec->train.at("start") == "START_UNSPECIFIED");
  CHECK(spec->data.at("world").at("gate_questions") == 0);
  CHECK_FALSE(spec->data.contains("coco"));
  CHECK(spec->generate.empty());
}

TEST_CASE("a spec comes back from the wire as it was, absent sections stay absent") {
  CampaignSpec spec = CompleteSpec();
  spec.stop = {.target_accuracy = 0.9, .patience = 2, .max_samples = 1000, .max_task_seconds = 60};
  spec.description = "words";
  spec.priority = -3;
  spec.generate = nlohmann::json::object();
  const auto message = ToProto(spec);
  REQUIRE(message.ok());
  CHECK_FALSE(message->has_generate());
  const auto back = FromProto(*message);
  REQUIRE(back.ok());
  CHECK(*back == spec);
}

TEST_CASE("a section that campaign.proto does not know is an error that names it") {
  CampaignSpec spec = CompleteSpec();
  spec.train["surprise"] = 1;
  const auto message = ToProto(spec);
  REQUIRE(message.status().code() == StatusCode::kInvalidArgument);
  CHECK(message.status().message().find("surprise") != std::string::npos);
}

TEST_CASE("the digest of a spec does not depend on the order of its maps") {
  v1::CampaignSpec a;
  v1::CampaignSpec b;
  auto& weights_a = *a.mutable_analyze()->mutable_weights()->mutable_manual();
  auto& weights_b = *b.mutable_analyze()->mutable_weights()->mutable_manual();
  for (int type = 1; type <= 9; ++type) weights_a[type] = type;
  for (int type = 9; type >= 1; --type) weights_b[type] = type;
  CHECK(SpecDigest(a) == SpecDigest(b));
  weights_b[3] = 4;
  CHECK(SpecDigest(a) != SpecDigest(b));
}

TEST_CASE("task parameters keep their kinds: integers, fractions, text, lists and nothing") {
  const nlohmann::json parameters = {{"whole", 3},      {"large", int64_t{1} << 52},
                                     {"half", 0.5},     {"yes", true},
                                     {"text", "x"},     {"list", {1, 2.5, "y", nullptr}},
                                     {"none", nullptr}, {"deep", {{"deeper", {{"n", -1}}}}}};
  const nlohmann::json back = StructToJson(JsonToStruct(parameters));
  CHECK(back == parameters);
  CHECK(back.at("whole").is_number_integer());
  CHECK(back.at("large").is_number_integer());
  CHECK(back.at("half").is_number_float());
}

TEST_CASE("times keep their milliseconds") {
  for (const TimeMs time : {TimeMs{0}, TimeMs{1}, TimeMs{1'767'225'600'123}}) {
    CHECK(FromTimestamp(ToTimestamp(time)) == time);
  }
}

TEST_CASE("a hello is an observation, a malformed one names its member") {
  v1::Hello hello;
  hello.set_worker_id("w1");
  hello.set_cpus(2);
  v1::HeldAttempt& held = *hello.add_running();
  held.set_attempt("c1/i1/evaluate/t2/a1");
  held.set_fencing_token(4);
  const auto connected = FromProto(hello, kConnection);
  REQUIRE(connected.ok());
  CHECK(connected->connection == kConnection);
  CHECK(connected->hello.worker == "w1");
  REQUIRE(connected->hello.running.size() == 1);
  CHECK(connected->hello.running[0] ==
        HeldAttempt{.attempt = {{1, 1, Stage::kEvaluate, 2}, 1}, .fencing_token = 4});
  hello.mutable_running(0)->set_attempt("c1");
  CHECK(FromProto(hello, kConnection).status().message().find("hello.running") == 0);
  hello.clear_running();
  hello.set_worker_id("two words");
  CHECK(FromProto(hello, kConnection).status().message().find("hello.worker_id") == 0);
  hello.set_worker_id("w1");
  hello.set_cpus(-1);
  CHECK(FromProto(hello, kConnection).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("what workers say becomes observations about their stream") {
  v1::WorkerMessage heartbeat;
  heartbeat.mutable_heartbeat();
  const auto heard = FromProto(heartbeat, kSource);
  REQUIRE(heard.ok());
  CHECK(std::get<WorkerHeard>(*heard).connection == kConnection);

  v1::WorkerMessage failed = FinishedMessage();
  failed.mutable_finished()->mutable_failed()->set_signal(9);
  failed.mutable_finished()->mutable_failed()->set_reason("out of memory");
  failed.mutable_finished()->set_seconds(1.5);
  const auto finished = FromProto(failed, kSource);
  REQUIRE(finished.ok());
  const auto& observation = std::get<AttemptFinished>(*finished);
  CHECK(observation.worker == "w1");
  CHECK(observation.attempt == AttemptId{{1, 2, Stage::kTrain, 0}, 3});
  CHECK(observation.fencing_token == 9);
  CHECK(observation.seconds == 1.5);
  CHECK(std::get<AttemptFailure>(observation.outcome).signal == 9);

  CHECK_FALSE(FromProto(FinishedMessage(), kSource).ok());  // no outcome
  v1::WorkerMessage hello;
  hello.mutable_hello();
  CHECK_FALSE(FromProto(hello, kSource).ok());
  CHECK_FALSE(FromProto(v1::WorkerMessage(), kSource).ok());
}

TEST_CASE("an acknowledgement says whether the result was accepted, and why not") {
  const HeldAttempt held{.attempt = {{1, 2, Stage::kTrain, 0}, 3}, .fencing_token = 9};
  CHECK(AcknowledgeMessage(held, OkStatus()).acknowledge().accepted());
  const auto refused = AcknowledgeMessage(held, FailedPrecondition("stale"));
  CHECK_FALSE(refused.acknowledge().accepted());
  CHECK(refused.acknowledge().reason() == "stale");
  CHECK(refused.acknowledge().attempt() == "c1/i2/train/t0/a3");
}

TEST_CASE("a report on the wire has an iteration's numbers where they were and nothing made up") {
  CampaignReport report;
  report.campaign = 3;
  report.state = CampaignPhase::kSucceeded;
  report.iterations.resize(2);
  report.iterations[0].iteration = 1;
  report.iterations[0].gate = GateVerdict{"baseline", {}, 1, "the first model"};
  report.iterations[0].evaluation = EvaluationReport{};
  report.iterations[0].evaluation->sealed.correct = 5;
  const v1::CampaignReport message = ToProto(report);
  CHECK(message.campaign() == "campaigns/c3");
  CHECK(message.state() == "SUCCEEDED");
  REQUIRE(message.iterations_size() == 2);
  CHECK(message.iterations(0).evaluation().sealed().correct() == 5);
  CHECK_FALSE(message.iterations(0).gate().has_test());
  CHECK_FALSE(message.iterations(1).has_evaluation());
}

}  // namespace flywheel

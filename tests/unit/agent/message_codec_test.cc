#include "workers/agent/message_codec.h"

#include <catch2/catch.hpp>
#include <limits>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

TEST_CASE("a task spec arrives with its parameters, its seed and its limits as they were sent") {
  v1::TaskSpec message;
  message.set_attempt("c7/i2/train/t0/a1");
  message.set_kind("train");
  message.set_seed(18446744073709551615ULL);
  message.mutable_resources()->set_cpus(2);
  message.mutable_limits()->set_grace_s(2.5);
  auto& parameters = *message.mutable_parameters()->mutable_fields();
  parameters["epochs"].set_number_value(2);
  parameters["rate"].set_number_value(0.0015);
  parameters["start"].set_string_value("CHAMPION");
  const auto spec = FromMessage(message);
  REQUIRE(spec.ok());
  CHECK(spec->seed == 18446744073709551615ULL);
  CHECK(spec->resources.cpus == 2);
  CHECK(spec->limits.grace_s == 2.5);
  CHECK(spec->parameters["epochs"].is_number_integer());
  CHECK(spec->parameters["rate"] == 0.0015);
  CHECK(spec->parameters["start"] == "CHAMPION");
}

TEST_CASE("a result is sent with all its numbers") {
  TaskResult result;
  result.outputs = {{"model", std::string(64, 'a'), int64_t{1} << 40}};
  result.metrics = {{"rate", 0.1}};
  result.training = TrainingSummary{.steps = 3, .images = 4, .first_loss = 2.5, .last_loss = 0.5};
  const auto message = ToMessage(result);
  REQUIRE(message.ok());
  CHECK(message->outputs(0).size() == int64_t{1} << 40);
  CHECK(message->metrics().at("rate") == 0.1);
  CHECK(message->training().first_loss() == 2.5);
  CHECK_FALSE(message->has_prepare());
}

TEST_CASE("text that is not UTF-8 does not stop telemetry") {
  TaskProgress progress;
  progress.message = "\xff";
  progress.rate = std::numeric_limits<double>::infinity();
  const auto message = ToMessage(progress);
  REQUIRE(message.ok());
  CHECK(message->message() == "\xef\xbf\xbd");
}

TEST_CASE("a message file is read back, and a damaged one is an error that names it") {
  const testing::TempDir dir;
  v1::Finished finished;
  finished.set_attempt("c7/i2/train/t0/a1");
  finished.set_fencing_token(int64_t{1} << 60);
  finished.mutable_failed()->set_reason("a \"reason\"");
  REQUIRE(WriteMessageFile(dir / "exit.json", finished).ok());
  v1::Finished read;
  REQUIRE(ReadMessageFile(dir / "exit.json", &read).ok());
  CHECK(read.SerializeAsString() == finished.SerializeAsString());
  REQUIRE(WriteFile(dir / "exit.json", "{\"atempt\": 1}").ok());
  const Status status = ReadMessageFile(dir / "exit.json", &read);
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(status.message().find("exit.json") != std::string::npos);
}

}  // namespace
}  // namespace flywheel

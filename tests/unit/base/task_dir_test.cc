#include "base/io/task_dir.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

TEST_CASE(
    "an attempt's folder carries the installation's id and nothing can leave the work folder") {
  CHECK(TaskDir::ForAttempt("/work", "ab12cd34", "c7/i2/train/t0/a1")->root() ==
        "/work/ab12cd34-c7/i2/train/t0/a1");
  CHECK(TaskDir::ForAttempt("/work", "", "c7/i2/train/t0/a1")->root() == "/work/c7/i2/train/t0/a1");
  CHECK_FALSE(TaskDir::ForAttempt("/work", "", "../../etc").ok());
  CHECK_FALSE(TaskDir::ForAttempt("/work", "../x", "c7/i2/train/t0/a1").ok());
}

TEST_CASE("plain names are single components") {
  for (const char* good : {"model", "dataset_i1", "a.b", "..."}) CHECK(IsPlainName(good));
  for (const char* bad : {"", ".", "..", "a/b", "/", "a\nb"}) CHECK_FALSE(IsPlainName(bad));
  CHECK_FALSE(IsPlainName(std::string(129, 'a')));
  CHECK_FALSE(IsPlainName(std::string_view("a\0b", 3)));
}

TEST_CASE("what an earlier run left in the folder is gone after Create") {
  const testing::TempDir dir;
  const TaskDir task(dir / "a1");
  REQUIRE(task.Create().ok());
  REQUIRE(WriteFile(task.output("model"), "old").ok());
  REQUIRE(WriteFile(task.result_json(), "{}").ok());
  REQUIRE(task.Create().ok());
  CHECK(std::filesystem::is_empty(task.outputs()));
  CHECK_FALSE(std::filesystem::exists(task.result_json()));
}

TEST_CASE("spec and result are read back as they were written") {
  const testing::TempDir dir;
  const TaskDir task(dir / "a1");
  REQUIRE(task.Create().ok());
  TaskSpec spec;
  spec.attempt = "c7/i2/train/t0/a1";
  spec.kind = "train";
  spec.inputs = {{"model", std::string(64, 'a'), "inputs/model"}};
  spec.parameters = {{"train", {{"epochs", 2}}}};
  spec.seed = UINT64_MAX;
  REQUIRE(task.WriteSpec(spec).ok());
  CHECK(*task.ReadSpec() == spec);

  CHECK(task.ReadResult().status().code() == StatusCode::kNotFound);
  TaskResult result;
  result.outputs = {{"model", "", 0}};
  result.training = TrainingSummary{.steps = 3, .images = 4, .first_loss = 2, .last_loss = 1};
  REQUIRE(task.WriteResult(result).ok());
  CHECK(*task.ReadResult() == result);
}

TEST_CASE("a result that names a file outside the outputs is refused") {
  const testing::TempDir dir;
  const TaskDir task(dir / "a1");
  REQUIRE(task.Create().ok());
  REQUIRE(WriteFile(task.result_json(), R"({"outputs":[{"name":"../task.json"}]})").ok());
  const auto result = task.ReadResult();
  REQUIRE_FALSE(result.ok());
  CHECK(result.status().message().find("../task.json") != std::string::npos);
}

TEST_CASE("a result that is too large for a message is refused") {
  const testing::TempDir dir;
  const TaskDir task(dir / "a1");
  REQUIRE(task.Create().ok());
  REQUIRE(WriteFile(task.result_json(), std::string((1 << 20) + 1, ' ')).ok());
  CHECK(task.ReadResult().status().message().find("expected at most 1048576") != std::string::npos);
}

}  // namespace
}  // namespace flywheel

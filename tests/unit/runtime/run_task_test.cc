#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"
#include "base/io/task_dir.h"
#include "tests/support/temp_dir.h"
#include "workers/runtime/task_context.h"

namespace flywheel {
namespace {

Result<TaskResult> Copy(TaskContext& context) {
  FW_ASSIGN(const std::string input, context.InputPath("model"));
  FW_ASSIGN(const std::string text, ReadFile(input));
  FW_TRY(WriteFile(context.OutputPath("copy"), text));
  TaskResult result;
  result.outputs = {{"copy", "", 0}};
  return result;
}

Result<TaskResult> FailAsAsked(TaskContext& context) {
  const auto code = static_cast<StatusCode>(context.spec().parameters["code"].get<int>());
  return Status(code, "line one\nline two");
}

Result<TaskResult> Throw(TaskContext&) { throw std::runtime_error("not caught"); }

Result<TaskResult> Forget(TaskContext&) {
  TaskResult result;
  result.outputs = {{"never_written", "", 0}};
  return result;
}

Result<TaskResult> ReportOften(TaskContext& context) {
  TaskProgress progress;
  progress.message = "\xff is not UTF-8";
  for (int i = 0; i <= 1000; ++i) {
    progress.fraction = i / 1000.0;
    context.Report(progress);
  }
  return TaskResult{};
}

Result<TaskResult> StopMe(TaskContext& context) {
  if (context.StopRequested()) return Internal("stopped before anyone asked");
  std::raise(SIGTERM);
  if (!context.StopRequested()) return Internal("not told");
  return CancelledError("told to stop");
}

const std::vector<TaskKind> kKinds = {{"copy", &Copy},          {"fail", &FailAsAsked},
                                      {"throw", &Throw},        {"forget", &Forget},
                                      {"report", &ReportOften}, {"stop", &StopMe}};

struct Ran {
  int exit = 0;
  std::string last_line;
};

struct Fixture {
  testing::TempDir dir;
  TaskDir task{dir / "a1"};
  TaskSpec spec;

  Fixture() {
    REQUIRE(task.Create().ok());
    spec.attempt = "c1/i1/train/t0/a1";
  }

  // Runs it with stderr in a file.
  Ran Run(const std::string& kind) {
    spec.kind = spec.kind.empty() ? kind : spec.kind;
    REQUIRE(task.WriteSpec(spec).ok());
    return RunAsIs(kind);
  }

  Ran RunAsIs(const std::string& kind) {
    const std::string log = dir / "stderr";
    const int saved = ::dup(2);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(file, 2);
    Ran ran;
    ran.exit = RunTask(kind, task.root(), kKinds);
    ::dup2(saved, 2);
    ::close(saved);
    ::close(file);
    std::string text = *ReadFile(log);
    if (!text.empty()) {
      REQUIRE(text.back() == '\n');
      text.pop_back();
      ran.last_line = text.substr(text.rfind('\n') + 1);
    }
    return ran;
  }
};

TEST_CASE("a task reads its inputs, writes its outputs and leaves a result") {
  Fixture f;
  REQUIRE(WriteFile(f.task.inputs() + "/model", "weights").ok());
  f.spec.inputs = {{"model", "", "inputs/model"}};
  const Ran ran = f.Run("copy");
  CHECK(ran.exit == 0);
  CHECK(*ReadFile(f.task.output("copy")) == "weights");
  CHECK(f.task.ReadResult()->outputs == std::vector<TaskOutput>{{"copy", "", 0}});
}

TEST_CASE("an input that the spec does not name is bad data and is named") {
  Fixture f;
  const Ran ran = f.Run("copy");
  CHECK(ran.exit == 65);
  CHECK(ran.last_line == "input 'model': the task needs it and its spec does not name it");
  CHECK_FALSE(std::filesystem::exists(f.task.result_json()));
}

TEST_CASE("every status has its exit code and its message is one line") {
  const std::vector<std::pair<StatusCode, int>> expected = {
      {StatusCode::kInvalidArgument, 65}, {StatusCode::kFailedPrecondition, 64},
      {StatusCode::kNotFound, 69},        {StatusCode::kUnavailable, 75},
      {StatusCode::kCancelled, 75},       {StatusCode::kResourceExhausted, 75},
      {StatusCode::kInternal, 70},        {StatusCode::kUnknown, 70}};
  for (const auto& [code, exit] : expected) {
    Fixture f;
    f.spec.parameters = {{"code", static_cast<int>(code)}};
    const Ran ran = f.Run("fail");
    CHECK(ran.exit == exit);
    CHECK(ran.last_line == "line one line two");
  }
}

TEST_CASE("what is thrown at the runtime is a bug of the task") {
  Fixture f;
  const Ran ran = f.Run("throw");
  CHECK(ran.exit == 70);
  CHECK(ran.last_line == "unexpected exception: not caught");
}

TEST_CASE("a result that names an output which is not there is a bug") {
  Fixture f;
  CHECK(f.Run("forget").exit == 70);
  CHECK_FALSE(std::filesystem::exists(f.task.result_json()));
}

TEST_CASE("a task that cannot be read, another kind and an unknown kind are a bad task") {
  Fixture f;
  CHECK(f.RunAsIs("copy").exit == 64);
  REQUIRE(WriteFile(f.task.task_json(), "{\"kind\": 5}").ok());
  CHECK(f.RunAsIs("copy").exit == 64);
  f.spec.kind = "fail";
  const Ran other = f.Run("copy");
  CHECK(other.exit == 64);
  CHECK(other.last_line.ends_with("kind is 'fail', expected 'copy'"));
  const Ran unknown = f.Run("fly");
  CHECK(unknown.exit == 64);
  CHECK(unknown.last_line.starts_with("task kind 'fly': expected one of copy, fail"));
}

TEST_CASE("progress is thinned out, but the end always arrives, and every line can be read") {
  Fixture f;
  CHECK(f.Run("report").exit == 0);
  int lines = 0;
  double last = 0;
  REQUIRE(ForEachLine(f.task.progress_jsonl(), [&](std::string_view line, int64_t) -> Status {
            FW_ASSIGN(const auto value, ParseJson(line, "line"));
            FW_ASSIGN(const TaskProgress progress, TaskProgressFromJson(value));
            last = progress.fraction;
            ++lines;
            return OkStatus();
          }).ok());
  CHECK(lines >= 2);
  CHECK(lines < 100);
  CHECK(last == 1);
}

TEST_CASE("SIGTERM is a wish that the task sees, and stopping for it is to be tried again") {
  Fixture f;
  const Ran ran = f.Run("stop");
  CHECK(ran.exit == 75);
  CHECK(ran.last_line == "told to stop");
}

}  // namespace
}  // namespace flywheel

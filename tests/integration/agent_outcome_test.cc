// How attempts end: every way a task process can, and what the worker makes of it.
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/io/files.h"
#include "base/io/process_tree.h"
#include "tests/integration/agent_fixture.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

TEST_CASE("a good task's outputs are artifacts when its result is reported") {
  AgentFixture f;
  f.StartWorker({"--cpus", "3", "--memory-mb", "1234", "--kinds", "prepare,train"});
  const v1::Hello hello = f.daemon.WaitForHello(1);
  CHECK(hello.worker_id() == "w1");
  CHECK(hello.cpus() == 3);
  CHECK(hello.memory_mb() == 1234);
  CHECK(hello.kinds_size() == 2);
  CHECK(hello.pid() == f.worker->pid());

  const v1::Finished finished = f.Run({{"progress", 5}});
  INFO(finished.DebugString());
  REQUIRE(finished.has_succeeded());
  CHECK(finished.fencing_token() == 1);
  CHECK(finished.seconds() > 0);
  CHECK(finished.succeeded().prepare().splits_size() == 3);
  REQUIRE(finished.succeeded().outputs_size() == 6);
  for (const v1::TaskOutput& output : finished.succeeded().outputs()) {
    INFO(output.name());
    CHECK(f.artifacts.Verify(output.digest()).ok());
    CHECK(output.size() > 0);
  }
  const auto progress =
      f.daemon.WaitFor([](const auto& message) { return message.has_progress(); });
  CHECK(progress.progress().attempt() == kAttempt);
  CHECK(progress.progress().progress().unit() == "lines");

  CHECK(std::filesystem::exists(f.DirOf(kAttempt).exit_json()));
  CHECK_FALSE(std::filesystem::is_empty(f.state_dir + "/workers/w1/held"));
  f.daemon.Acknowledge(kAttempt);
  CHECK(Eventually([&] { return std::filesystem::is_empty(f.state_dir + "/workers/w1/held"); }));
  CHECK_FALSE(std::filesystem::exists(f.DirOf(kAttempt).outputs()));
  CHECK(std::filesystem::exists(f.DirOf(kAttempt).task_json()));
}

TEST_CASE("inputs are laid into the task directory and the same seed gives the same artifacts") {
  AgentFixture f;
  f.StartWorker();
  const v1::Finished prepared = f.Run(json::object());
  REQUIRE(prepared.has_succeeded());
  f.daemon.Acknowledge(kAttempt);
  v1::TaskSpec score;
  for (const v1::TaskOutput& output : prepared.succeeded().outputs()) {
    if (output.name() != "model" && output.name() != "steer") continue;
    v1::TaskInput* input = score.add_inputs();
    input->set_name(output.name() == "steer" ? "questions" : "model");
    input->set_digest(output.digest());
  }
  f.daemon.Assign("c1/i1/evaluate/t0/a1", "score", score);
  --f.daemon.token;
  f.daemon.Assign("c1/i1/evaluate/t0/a1", "score", score);  // said twice: once is enough
  const v1::Finished scored = f.daemon.WaitForFinished("c1/i1/evaluate/t0/a1");
  INFO(scored.DebugString());
  REQUIRE(scored.has_succeeded());
  CHECK(scored.succeeded().outputs(0).name() == "answers");

  f.daemon.Assign("c2/i0/prepare/t0/a1", "prepare", f.Spec(json::object()));
  const v1::Finished again = f.daemon.WaitForFinished("c2/i0/prepare/t0/a1");
  CHECK(again.succeeded().SerializeAsString() == prepared.succeeded().SerializeAsString());
}

struct Ending {
  json fake;
  int exit_code;
  int signal;
  bool infrastructure;
  std::string reason;
};

TEST_CASE("every way a task can fail is reported with its reason and whose fault it is") {
  const std::vector<Ending> endings = {
      {{{"exit", 3}, {"stderr", "warm-up\nthe reason\n"}}, 3, 0, false, "the reason"},
      {{{"exit", 65}, {"stderr", "q.jsonl:3: no answer"}}, 65, 0, false, "q.jsonl:3: no answer"},
      {{{"exit", 5}}, 5, 0, false, "exit code 5"},
      {{{"exit", 75}, {"stderr", "disk full\n"}}, 75, 0, true, "disk full"},
      {{{"signal", 11}}, 0, 11, false, "signal 11 (Segmentation fault)"},
      {{{"result", "none"}},
       0,
       0,
       false,
       "the task ended with exit code 0 and wrote no result.json"},
      {{{"result", "bad"}}, 0, 0, false, "result.outputs: expected an array"},
      {{{"result", "missing_output"}}, 0, 0, false, "output 'never_written'"},
      {{{"result", "link"}}, 0, 0, false, "symbolic link"},
  };
  AgentFixture f;
  f.StartWorker();
  int number = 0;
  for (const Ending& ending : endings) {
    INFO(ending.fake.dump());
    const std::string attempt = "c1/i0/prepare/t0/a" + std::to_string(++number);
    f.daemon.Assign(attempt, "prepare", f.Spec(ending.fake));
    const v1::Finished finished = f.daemon.WaitForFinished(attempt);
    REQUIRE(finished.has_failed());
    CHECK(finished.failed().exit_code() == ending.exit_code);
    CHECK(finished.failed().signal() == ending.signal);
    CHECK(finished.failed().infrastructure() == ending.infrastructure);
    CHECK_FALSE(finished.failed().cancelled());
    CHECK_THAT(finished.failed().reason(), Catch::Contains(ending.reason));
    f.daemon.Acknowledge(attempt);
  }
}

TEST_CASE(
    "reliability 18: one changed byte is found before a task reads it, and the object is put "
    "aside") {
  AgentFixture f;
  f.StartWorker();
  v1::TaskSpec spec = f.Spec(json::object());
  spec.add_inputs()->set_name("model");
  spec.mutable_inputs(0)->set_digest(std::string(64, 'a'));
  f.daemon.Assign(kAttempt, "prepare", spec);
  const v1::Finished absent = f.daemon.WaitForFinished(kAttempt);
  CHECK(absent.failed().infrastructure());
  CHECK_THAT(absent.failed().reason(), Catch::Contains("input 'model'") && Catch::Contains("aaaa"));
  REQUIRE(absent.failed().damaged_inputs_size() == 1);
  CHECK(absent.failed().damaged_inputs(0) == std::string(64, 'a'));

  const auto stored = f.artifacts.PutBytes("weights");
  const std::string path = *f.artifacts.FilePath(stored->digest);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  REQUIRE(WriteFile(path, "weightS").ok());
  spec.mutable_inputs(0)->set_digest(stored->digest);
  f.daemon.Assign("c1/i0/prepare/t0/a2", "prepare", spec);
  const v1::Finished damaged = f.daemon.WaitForFinished("c1/i0/prepare/t0/a2");
  CHECK(damaged.failed().infrastructure());
  CHECK_THAT(damaged.failed().reason(), Catch::Contains("they were changed"));
  REQUIRE(damaged.failed().damaged_inputs_size() == 1);
  CHECK(damaged.failed().damaged_inputs(0) == stored->digest);
  CHECK_FALSE(std::filesystem::exists(f.DirOf("c1/i0/prepare/t0/a2").stdout_log()));  // not started
  CHECK(*ReadFile(f.state_dir + "/artifacts/damaged/" + stored->digest + ".0") == "weightS");

  // Whoever made it makes it again, and the next attempt has it.
  CHECK(f.artifacts.PutBytes("weights")->digest == stored->digest);
  f.daemon.Acknowledge("c1/i0/prepare/t0/a2");
  f.daemon.Assign("c1/i0/prepare/t0/a3", "prepare", spec);
  CHECK(f.daemon.WaitForFinished("c1/i0/prepare/t0/a3").has_succeeded());
}

TEST_CASE("a task that fails on an input that changed under it is not blamed") {
  AgentFixture f;
  f.StartWorker();
  const auto stored = f.artifacts.PutBytes("weights");
  v1::TaskSpec spec = f.Spec({{"exit", 65}});  // bad data: the campaign would fail at once
  spec.add_inputs()->set_name("model");
  spec.mutable_inputs(0)->set_digest(stored->digest);
  f.daemon.Assign(kAttempt, "prepare", spec);
  const v1::Finished whole = f.daemon.WaitForFinished(kAttempt);
  CHECK(whole.failed().exit_code() == 65);
  CHECK_FALSE(whole.failed().infrastructure());
  f.daemon.Acknowledge(kAttempt);

  const std::string path = *f.artifacts.FilePath(stored->digest);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  REQUIRE(WriteFile(path, "weightS").ok());
  f.daemon.Assign("c1/i0/prepare/t0/a2", "prepare", spec);  // read before, in this worker's life
  const v1::Finished changed = f.daemon.WaitForFinished("c1/i0/prepare/t0/a2");
  CHECK(changed.failed().infrastructure());
  CHECK(changed.failed().exit_code() == 0);
  CHECK_THAT(changed.failed().reason(),
             Catch::Contains("they were changed") && Catch::Contains("the task had failed"));
  REQUIRE(changed.failed().damaged_inputs_size() == 1);
  CHECK(changed.failed().damaged_inputs(0) == stored->digest);
}

TEST_CASE("names that would leave the task directory are a bad task") {
  AgentFixture f;
  f.StartWorker();
  const auto stored = f.artifacts.PutBytes("weights");
  v1::TaskSpec spec = f.Spec(json::object());
  spec.add_inputs()->set_name("../../escape");
  spec.mutable_inputs(0)->set_digest(stored->digest);
  f.daemon.Assign(kAttempt, "prepare", spec);
  CHECK(f.daemon.WaitForFinished(kAttempt).failed().exit_code() == 64);
  f.daemon.Assign("../../c9", "prepare", f.Spec(json::object()));
  CHECK(f.daemon.WaitForFinished("../../c9").has_failed());
}

TEST_CASE(
    "reliability 23: a program that is not there or cannot be run is a failed attempt that names "
    "it") {
  AgentFixture f;
  f.task_program = f.dir / "no-such-program";
  f.StartWorker();
  const v1::Finished absent = f.Run(json::object());
  REQUIRE(absent.has_failed());
  CHECK_FALSE(absent.failed().infrastructure());
  CHECK_THAT(absent.failed().reason(),
             Catch::Contains(f.task_program) && Catch::Contains("No such file"));

  REQUIRE(WriteFile(f.task_program, "#!/bin/sh\n").ok());
  f.daemon.Assign("c1/i0/prepare/t0/a2", "prepare", f.Spec(json::object()));
  CHECK_THAT(f.daemon.WaitForFinished("c1/i0/prepare/t0/a2").failed().reason(),
             Catch::Contains("Permission denied"));
}

TEST_CASE("last words that are not UTF-8 are reported all the same") {
  AgentFixture f;
  f.task_program = f.dir / "latin1";
  REQUIRE(WriteFile(f.task_program, "#!/bin/sh\nprintf 'caf\\351 closed\\n' >&2\nexit 1\n").ok());
  std::filesystem::permissions(f.task_program, std::filesystem::perms::owner_all);
  f.StartWorker();
  CHECK(f.Run(json::object()).failed().reason() == "caf\xef\xbf\xbd closed");
}

TEST_CASE(
    "reliability 25: a flood of output fills neither disk nor memory and ends with a marker") {
  AgentFixture f;
  f.StartWorker();
  const std::string warm = "c1/i0/prepare/t1/a1";
  f.daemon.Assign(warm, "prepare", f.Spec(json::object(), {}));
  CHECK(f.daemon.WaitForFinished(warm).has_succeeded());
  const int64_t before = ReadProcessStat(f.worker->pid())->resident_bytes;
  const v1::Finished finished =
      f.Run({{"flood_bytes", int64_t{1} << 30}, {"stderr", "last words\n"}, {"exit", 1}});
  CHECK(finished.failed().reason() == "last words");
  const std::string log = *ReadFile(f.DirOf(kAttempt).stdout_log());
  CHECK(log.size() < (17 << 20));
  CHECK_THAT(log.substr(log.size() - 16000), Catch::Contains("bytes left out"));
  CHECK(ReadProcessStat(f.worker->pid())->resident_bytes < before + (64 << 20));
}

}  // namespace
}  // namespace flywheel::testing

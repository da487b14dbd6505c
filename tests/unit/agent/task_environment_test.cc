#include "workers/agent/task_environment.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace flywheel {
namespace {

TEST_CASE("a task inherits what is on the list and gets what makes it deterministic") {
  const char* inherited[] = {"PATH=/usr/bin",
                             "LC_ALL=C",
                             "OPENAI_API_KEY=canary",
                             "FLYWHEEL_SERVER=unix:x",
                             "PATHOLOGY=no",
                             "OMP_NUM_THREADS=64",
                             nullptr};
  TaskSpec spec;
  spec.attempt = "c7/i2/train/t0/a1";
  const auto environment = TaskEnvironment(spec, TaskDir("/work/a1"), inherited);
  const auto has = [&](const char* entry) {
    return std::count(environment.begin(), environment.end(), entry) == 1;
  };
  CHECK(has("PATH=/usr/bin"));
  CHECK(has("LC_ALL=C"));
  CHECK(has("OMP_NUM_THREADS=1"));
  CHECK(has("OPENBLAS_NUM_THREADS=1"));
  CHECK(has("FLYWHEEL_ATTEMPT=c7/i2/train/t0/a1"));
  CHECK(has("FLYWHEEL_TASK_DIR=/work/a1"));
  CHECK(has("TMPDIR=/work/a1/scratch"));
  for (const char* name : {"OPENAI_API_KEY", "FLYWHEEL_SERVER", "PATHOLOGY"}) {
    CHECK(std::none_of(environment.begin(), environment.end(), [&](const std::string& entry) {
      return entry.starts_with(std::string(name) + "=");
    }));
  }
}

}  // namespace
}  // namespace flywheel

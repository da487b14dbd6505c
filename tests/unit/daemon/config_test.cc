#include "orchestrator/daemon/config.h"

#include <catch2/catch.hpp>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

void RequireRefused(const std::string& text, const std::string& words) {
  const auto config = ParseDaemonConfig(text, "daemon.json");
  INFO(config.status().ToString());
  REQUIRE(config.status().code() == StatusCode::kInvalidArgument);
  CHECK(config.status().message().find("daemon.json") == 0);
  CHECK(config.status().message().find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("an empty file and an empty object are valid configurations with every default") {
  for (const char* text : {"", "  \n", "{}", "// nothing\n{}"}) {
    const auto config = ParseDaemonConfig(text, "daemon.json");
    REQUIRE(config.ok());
    const v1::DaemonConfig full = WithConfigDefaults(*config, 4, 8000);
    CHECK(full.state_dir() == "flywheel-state");
    CHECK(full.lease_s() == 60);
    CHECK(full.heartbeat_s() == 10);
    CHECK(full.orphan_timeout_s() == 14400);
    CHECK(full.log_level() == "info");
    CHECK(full.local().max_workers() == 4);
    CHECK(full.local().cpus() == 4);
    CHECK(full.local().memory_mb() == 8000);
    CHECK(full.local().idle_timeout_s() == 30);
  }
}

TEST_CASE("what a configuration says is kept, comments and both spellings of names included") {
  const auto config = ParseDaemonConfig(
      "{ /* short */ \"lease_s\": 12, // seconds\n \"logLevel\": \"warn\",\n"
      "  \"local\": {\"max_workers\": 0}}",
      "daemon.json");
  REQUIRE(config.ok());
  const v1::DaemonConfig full = WithConfigDefaults(*config, 4, 8000);
  CHECK(full.lease_s() == 12);
  CHECK(full.heartbeat_s() == 2);
  CHECK(full.log_level() == "warn");
  CHECK(full.local().max_workers() == 0);  // none is not the same as not said
}

TEST_CASE("a mistake in a configuration is named with its place") {
  RequireRefused(R"({"lease": 5})", "lease: there is no such setting");
  RequireRefused(R"({"local": {"workers": 5}})", "workers: there is no such setting");
  RequireRefused(R"({"lease_s": "long"})", "lease_s");
  RequireRefused(R"({"local": 5})", "local");
  RequireRefused("{\n\"lease_s\": 5,\n}", "daemon.json:3:");
  RequireRefused("[]", "expected an object, found array");
  RequireRefused(R"({"lease_s": 5, "lease_s": 6})", "occurs twice");
  RequireRefused(R"({"lease_s": -1})", "lease_s: -1: expected a number of at least 0");
  RequireRefused(R"({"lease_s": 5, "heartbeat_s": 5})", "heartbeat_s: 5: expected less than");
  RequireRefused(R"({"log_level": "loud"})", "log_level: 'loud': expected one of trace");
  RequireRefused(R"({"listen": "0.0.0.0:80"})", "not a loopback address");
  RequireRefused(R"({"local": {"max_workers": -1}})", "local.max_workers: -1");
  RequireRefused(R"({"local": {"max_workers": 5000}})", "expected at most 1024");
  RequireRefused(R"({"stage_defaults": {"train": {"limits": {"grace_s": -2}}}})",
                 "stage_defaults.train.limits.grace_s: -2");
}

TEST_CASE("a configuration file that is not there is named") {
  testing::TempDir folder;
  const auto config = ReadDaemonConfig(folder / "no.json");
  CHECK(config.status().code() == StatusCode::kNotFound);
  CHECK(config.status().message().find(folder / "no.json") != std::string::npos);
}

}  // namespace flywheel

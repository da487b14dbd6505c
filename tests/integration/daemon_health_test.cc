// Health and reflection of a real flywheeld, spoken as any client without our protos would.
#include <catch2/catch.hpp>
#include <string>

#include "tests/integration/daemon_process.h"
#include "tests/integration/health_probe.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {

TEST_CASE("health is SERVING for every service, and NOT_SERVING before the daemon ends") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  const auto channel = daemon.Channel();
  for (const char* service : {"flywheel.v1.CampaignService", "flywheel.v1.WorkerService"}) {
    CHECK(CheckHealth(channel, service) == Health::kServing);
    CHECK(HealthWatch(channel, service).Next() == Health::kServing);
  }
  HealthWatch health(channel);
  REQUIRE(health.Next() == Health::kServing);
  CHECK(daemon.Terminate() == ExitStatus{});
  CHECK(health.Next() == Health::kNotServing);
}

TEST_CASE("reflection names the services") {
  TempDir folder;
  DaemonProcess daemon({.state_dir = folder / "state"});
  RawStream reflection(daemon.Channel(),
                       "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
  REQUIRE(reflection.started());
  REQUIRE(reflection.Write(TextMessage(7, "*")));  // list_services
  const std::string answer = reflection.Read();
  CHECK(answer.find("flywheel.v1.CampaignService") != std::string::npos);
  CHECK(answer.find("flywheel.v1.WorkerService") != std::string::npos);
  CHECK(answer.find("grpc.health.v1.Health") != std::string::npos);
}

}  // namespace flywheel::testing

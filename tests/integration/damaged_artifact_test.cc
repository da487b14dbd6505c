// A campaign whose artifacts change on the disk under it.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <set>

#include "base/io/artifact_dir.h"
#include "base/io/files.h"
#include "tests/integration/local_chain.h"

namespace flywheel::testing {
namespace {

using nlohmann::json;

// The artifact, or the first file in it.
std::string FileOf(const ArtifactDir& artifacts, const std::string& digest) {
  return artifacts.IsFolder(digest) ? artifacts.ReadManifest(digest)->front().sha256 : digest;
}

// Changes one byte of a file of the store.
void FlipByte(const ArtifactDir& artifacts, const std::string& file) {
  const std::string path = *artifacts.FilePath(file);
  std::string bytes = *ReadFile(path);
  REQUIRE_FALSE(bytes.empty());
  bytes[bytes.size() / 2] ^= 1;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  REQUIRE(WriteFile(path, bytes).ok());
}

}  // namespace

TEST_CASE("reliability 18: a changed byte in an artifact makes its maker run again, and no more") {
  TempDir marks;
  const json train = {{"attempts", 1}, {"touch", marks / "began"}, {"wait_for", marks / "never"}};
  const json script = {{"c1/i1/train", train}};
  LocalChain chain(script);
  const std::string campaign = chain.Create("damaged");
  REQUIRE(Eventually([&] { return std::filesystem::exists(marks / "began"); }));
  // What training reads, and what its maker has read: both must be made again.
  const ArtifactDir artifacts = *ArtifactDir::Open(chain.state() + "/artifacts");
  std::set<std::string> damaged;
  for (const auto& [output, digest] : Outputs(Events(chain.daemon(), campaign))) {
    const bool generated = output.find("/i1/generate/") != std::string::npos;
    if (!generated && output.find("/i1/analyze/") == std::string::npos) continue;
    damaged.insert(FileOf(artifacts, digest));  // artifacts may share it
  }
  REQUIRE(damaged.size() >= 2);
  for (const std::string& file : damaged) FlipByte(artifacts, file);
  // The next worker reads its inputs for the first time.
  for (const auto& [name, worker] : chain.Workers()) (void)SignalProcess(worker, SIGKILL);

  const auto events = chain.WatchToEnd(campaign);
  INFO(chain.daemon().Log());
  CHECK(EndState(events) == v1::Campaign::SUCCEEDED);
  std::map<std::string, int> reruns;
  for (const v1::Event& event : events) {
    if (event.has_task_rerun()) ++reruns[event.task_rerun().task()];
  }
  CHECK(reruns == std::map<std::string, int>{{"c1/i1/analyze/t0", 1}, {"c1/i1/generate/t0", 1}});
  CHECK_FALSE(std::filesystem::is_empty(artifacts.root() + "/damaged"));
  for (const auto& [output, digest] : Outputs(events)) {
    INFO(output);
    CHECK(artifacts.Verify(digest).ok());
  }
  LocalChain undisturbed(json::object());
  CHECK(Outputs(undisturbed.WatchToEnd(undisturbed.Create("damaged"))) == Outputs(events));
}

}  // namespace flywheel::testing

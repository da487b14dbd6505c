#include "workers/agent/held_attempts.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

TEST_CASE("what is held is read back by the next life, until it is removed") {
  const testing::TempDir dir;
  const HeldRecord one = {"c7/i2/train/t0/a1", 41, "/work/c7/i2/train/t0/a1"};
  const HeldRecord two = {"c7/i2/train/t0/a2", 42, "/work/c7/i2/train/t0/a2"};
  {
    const auto held = HeldAttempts::Open(dir / "held");
    REQUIRE(held.ok());
    REQUIRE(held->Add(two).ok());
    REQUIRE(held->Add(one).ok());
    REQUIRE(held->Add(one).ok());
  }
  const auto held = HeldAttempts::Open(dir / "held");
  std::vector<Status> unreadable;
  CHECK(*held->ReadAll(&unreadable) == std::vector<HeldRecord>{one, two});
  REQUIRE(held->Remove(one.attempt).ok());
  REQUIRE(held->Remove(one.attempt).ok());
  CHECK(*held->ReadAll(&unreadable) == std::vector<HeldRecord>{two});
}

TEST_CASE("a record that a power cut left torn is put aside, and the others are read") {
  const testing::TempDir dir;
  const auto held = HeldAttempts::Open(dir / "held");
  const HeldRecord whole = {"c1/i1/train/t0/a1", 7, "/work"};
  REQUIRE(held->Add(whole).ok());
  REQUIRE(WriteFile(dir / "held/broken.json", "{").ok());
  std::vector<Status> unreadable;
  CHECK(*held->ReadAll(&unreadable) == std::vector<HeldRecord>{whole});
  REQUIRE(unreadable.size() == 1);
  CHECK(unreadable[0].message().find("held/broken.json") != std::string::npos);
  CHECK(std::filesystem::exists(dir / "held/broken.json.unreadable"));
  unreadable.clear();
  CHECK(held->ReadAll(&unreadable)->size() == 1);
  CHECK(unreadable.empty());
}

TEST_CASE("an attempt's name that is no attempt's name is not held") {
  const testing::TempDir dir;
  const auto held = HeldAttempts::Open(dir / "held");
  CHECK_FALSE(held->Add({"../../x", 1, "/work"}).ok());
}

}  // namespace
}  // namespace flywheel

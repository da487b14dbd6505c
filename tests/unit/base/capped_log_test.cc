#include "base/io/capped_log.h"

#include <catch2/catch.hpp>

#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

TEST_CASE("a short output is kept as it is") {
  const testing::TempDir dir;
  auto log = CappedLog::Open(dir / "log", 100);
  REQUIRE(log.ok());
  log->Append("one\n");
  log->Append("two\n\n");
  CHECK(log->LastLine() == "two");
  REQUIRE(log->Close().ok());
  CHECK(*ReadFile(dir / "log") == "one\ntwo\n\n");
}

TEST_CASE("a flood leaves its beginning, a marker and its end") {
  const testing::TempDir dir;
  auto log = CappedLog::Open(dir / "log", 10000);
  REQUIRE(log.ok());
  const std::string line(99, 'x');
  for (int i = 0; i < 100000; ++i) log->Append(line + "\n");
  log->Append("the reason");
  CHECK(log->LastLine() == "the reason");
  REQUIRE(log->Close().ok());
  const std::string text = *ReadFile(dir / "log");
  CHECK(text.size() < 20000);
  CHECK(text.find("bytes left out ...]") != std::string::npos);
  CHECK(text.starts_with(line));
  CHECK(text.ends_with("the reason"));
}

TEST_CASE("output just over the cap loses nothing") {
  const testing::TempDir dir;
  auto log = CappedLog::Open(dir / "log", 4);
  REQUIRE(log.ok());
  log->Append("abcdefgh");
  REQUIRE(log->Close().ok());
  CHECK(*ReadFile(dir / "log") == "abcd\n[... 0 bytes left out ...]\nefgh");
}

TEST_CASE("the last line of silence is empty and control characters are shown") {
  const testing::TempDir dir;
  auto log = CappedLog::Open(dir / "log", 100);
  REQUIRE(log.ok());
  CHECK(log->LastLine().empty());
  log->Append("a\x1b[31mred\n  \n");
  CHECK(log->LastLine() == "a?[31mred");
}

}  // namespace
}  // namespace flywheel

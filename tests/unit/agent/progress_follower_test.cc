#include "workers/agent/progress_follower.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

struct Fixture {
  testing::TempDir dir;
  std::string path = dir / "progress.jsonl";
  ProgressFollower follower{path};

  void Append(const std::string& text) { std::ofstream(path, std::ios::app) << text; }
};

TEST_CASE("a file that is not there yet, and one without news, are silence") {
  Fixture f;
  CHECK_FALSE(f.follower.Poll().any);
  f.Append("{\"fraction\":0.5}\n");
  CHECK(f.follower.Poll().any);
  CHECK_FALSE(f.follower.Poll().any);
}

TEST_CASE("of many new lines the newest counts") {
  Fixture f;
  f.Append("{\"fraction\":0.1}\n{\"fraction\":0.2}\n{\"fraction\":0.3}\n");
  const auto news = f.follower.Poll();
  REQUIRE(news.progress);
  CHECK(news.progress->fraction == 0.3);
}

TEST_CASE("half of a line waits for its other half") {
  Fixture f;
  f.Append("{\"fraction\":0.1}\n{\"frac");
  CHECK(f.follower.Poll().progress->fraction == 0.1);
  f.Append("tion\":0.2}");
  CHECK_FALSE(f.follower.Poll().any);
  f.Append("\n");
  CHECK(f.follower.Poll().progress->fraction == 0.2);
}

TEST_CASE("a line that is not progress is a sign of life and nothing more") {
  Fixture f;
  f.Append("Epoch 1 of 3\n");
  auto news = f.follower.Poll();
  CHECK(news.any);
  CHECK_FALSE(news.progress);
  f.Append("{\"fraction\":0.4}\nnoise\n\n");
  news = f.follower.Poll();
  REQUIRE(news.progress);
  CHECK(news.progress->fraction == 0.4);
}

TEST_CASE("a fraction outside 0 to 1 is brought inside") {
  Fixture f;
  f.Append("{\"fraction\":17}\n");
  CHECK(f.follower.Poll().progress->fraction == 1);
}

TEST_CASE("a flood of lines costs no more than its end") {
  Fixture f;
  std::string flood;
  for (int i = 0; i < 100000; ++i) flood += "{\"fraction\":0.1}\n";
  f.Append(flood + "{\"fraction\":0.9}\n");
  CHECK(f.follower.Poll().progress->fraction == 0.9);
  f.Append(std::string(1 << 20, 'x'));  // a line without an end
  CHECK_FALSE(f.follower.Poll().any);
  f.Append("\n{\"fraction\":1}\n");
  CHECK(f.follower.Poll().progress->fraction == 1);
}

TEST_CASE("a pipe in the place of the file does not block") {
  Fixture f;
  REQUIRE(::mkfifo(f.path.c_str(), 0600) == 0);
  CHECK_FALSE(f.follower.Poll().any);
}

}  // namespace
}  // namespace flywheel

#include "clients/cli/live_pane.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

std::vector<v1::RunningAttempt> Running(double fraction) {
  v1::RunningAttempt attempt;
  attempt.set_attempt("c1/i1/train/t0/a1");
  attempt.mutable_progress()->set_fraction(fraction);
  return {attempt};
}

// What was written to the terminal's other end. The terminal's "\r\n" is "\n" again.
std::string ReadTerminal(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = ::read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(count));
  }
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    plain += text[i];
  }
  return plain;
}

TEST_CASE("a file gets the lines and no bars") {
  const testing::TempDir folder;
  const std::string path = folder / "log";
  {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    LivePane pane(file.get());
    pane.Print({"iteration 1"});
    pane.Show(Running(0.5));
    pane.Print({"  train  done"});
  }
  CHECK(*ReadFile(path) == "iteration 1\n  train  done\n");
}

TEST_CASE("a terminal gets the bars below the lines, drawn again only when they change") {
  int master = -1;
  int slave = -1;
  winsize size = {.ws_row = 24, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  ::setenv("TERM", "xterm", 1);
  ::setenv("LC_ALL", "C", 1);
  REQUIRE(::fcntl(master, F_SETFL, O_NONBLOCK) == 0);
  const FileDescriptor master_end(master);
  const FileDescriptor slave_end(slave);
  {
    LivePane pane(slave);
    pane.Show(Running(0.5));
    pane.Show(Running(0.5));
    pane.Print({"iteration 1"});
  }
  const std::string bar = "  i1/train/t0    [############------------]  50 %\n";
  const std::string erase = "\x1b[1A\r\x1b[J";
  CHECK(ReadTerminal(master) == bar + erase + "iteration 1\n" + bar + erase);
}

}  // namespace
}  // namespace flywheel

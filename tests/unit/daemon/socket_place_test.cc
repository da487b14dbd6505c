#include "orchestrator/daemon/socket_place.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

using testing::TempDir;

FileDescriptor BindUnix(const std::string& path) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  REQUIRE(::listen(socket.get(), 1) == 0);
  return socket;
}

SocketPlaceRequest Request(const std::string& state_dir) {
  return {
      .state_dir = state_dir, .installation_id = "0badcafe", .listen = "", .former_address = ""};
}

}  // namespace

TEST_CASE("the default socket lies in a private folder of the state directory") {
  TempDir folder;
  const auto address = PrepareSocketPlace(Request(folder.path()));
  REQUIRE(address.ok());
  CHECK(address->socket_path == folder / "run/flywheel.sock");
  struct stat info {};
  REQUIRE(::stat((folder / "run").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  // Again, as after a restart.
  CHECK(PrepareSocketPlace(Request(folder.path())).ok());
}

TEST_CASE("a folder for the socket that others can enter is refused") {
  TempDir folder;
  REQUIRE(MakeDirectories(folder / "run").ok());
  REQUIRE(::chmod((folder / "run").c_str(), 0777) == 0);
  const auto address = PrepareSocketPlace(Request(folder.path()));
  CHECK(address.status().code() == StatusCode::kPermissionDenied);
}

TEST_CASE("a socket that somebody listens on is refused, one that was left behind is not") {
  TempDir folder;
  SocketPlaceRequest request = Request(folder.path());
  request.listen = "unix:" + (folder / "a.sock");
  {
    const FileDescriptor listener = BindUnix(folder / "a.sock");
    CHECK(PrepareSocketPlace(request).status().code() == StatusCode::kAlreadyExists);
  }
  REQUIRE(std::filesystem::exists(folder / "a.sock"));
  CHECK(PrepareSocketPlace(request).ok());
  REQUIRE(WriteFile(folder / "b.sock", "not a socket").ok());
  request.listen = "unix:" + (folder / "b.sock");
  CHECK(PrepareSocketPlace(request).status().code() == StatusCode::kAlreadyExists);
  CHECK(*ReadFile(folder / "b.sock") == "not a socket");
  request.listen = "unix:" + (folder / "no/c.sock");
  CHECK(PrepareSocketPlace(request).status().code() == StatusCode::kNotFound);
  request.listen = "unix:/tmp/" + std::string(120, 'x');
  CHECK(PrepareSocketPlace(request).status().message().find("expected a path of at most 107") !=
        std::string::npos);
}

TEST_CASE("the daemon's record comes back as it was written") {
  TempDir folder;
  CHECK(ReadDaemonRecord(folder / "daemon.json").status().code() == StatusCode::kNotFound);
  REQUIRE(WriteDaemonRecord(folder / "daemon.json", {.address = "127.0.0.1:4711",
                                                     .pid = 12,
                                                     .start_time = "2026-01-02T03:04:05Z",
                                                     .installation_id = "0badcafe",
                                                     .version = "1"})
              .ok());
  const auto record = ReadDaemonRecord(folder / "daemon.json");
  REQUIRE(record.ok());
  CHECK(record->address == "127.0.0.1:4711");
  CHECK(record->pid == 12);
}

}  // namespace flywheel

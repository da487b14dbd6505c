#include "tests/integration/held_replies.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

namespace flywheel::testing {
namespace {

constexpr int kLookMs = 20;  // how soon Hold is noticed

FileDescriptor UnixSocket() {
  return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::strcpy(address.sun_path, path.c_str());
  return address;
}

// What can be read from one end now goes to the other. False when there will be no more.
bool PassOn(int from, int to) {
  char buffer[4096];
  const ssize_t count = ::read(from, buffer, sizeof buffer);
  return count > 0 && ::write(to, buffer, static_cast<size_t>(count)) == count;
}

}  // namespace

HeldReplies::HeldReplies(const std::string& daemon, std::string socket)
    : daemon_path_(daemon.substr(std::strlen("unix:"))),
      socket_(std::move(socket)),
      listener_(UnixSocket()),
      end_(::eventfd(0, EFD_CLOEXEC)) {
  const sockaddr_un address = AddressOf(socket_);
  REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
          0);
  REQUIRE(::listen(listener_.get(), 1) == 0);
  thread_ = std::thread([this] { Work(); });
}

HeldReplies::~HeldReplies() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(end_.get(), &one, sizeof one);
  thread_.join();
}

std::shared_ptr<grpc::Channel> HeldReplies::Channel() const {
  return grpc::CreateChannel("unix:" + socket_, grpc::InsecureChannelCredentials());
}

void HeldReplies::Work() {
  pollfd waiting[] = {{end_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
  ::poll(waiting, 2, -1);
  if (waiting[1].revents == 0) return;
  const FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const FileDescriptor daemon = UnixSocket();
  const sockaddr_un address = AddressOf(daemon_path_);
  if (::connect(daemon.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  while (true) {
    pollfd fds[] = {{end_.get(), POLLIN, 0},
                    {client.get(), POLLIN, 0},
                    {holding_ ? -1 : daemon.get(), POLLIN, 0}};
    ::poll(fds, 3, kLookMs);
    if (fds[0].revents != 0) return;
    if (fds[1].revents != 0 && !PassOn(client.get(), daemon.get())) return;
    // Looked at again: it may have been told to hold while it waited.
    if (fds[2].revents != 0 && !holding_ && !PassOn(daemon.get(), client.get())) return;
  }
}

}  // namespace flywheel::testing

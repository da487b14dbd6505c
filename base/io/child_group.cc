#include "base/io/child_group.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr std::string_view kPrefix = "flywheel,";

bool WriteText(const std::string& path, std::string_view text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.get() >= 0 &&
         ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string ReadText(const std::string& path) {
  const auto text = ReadFile(path);
  return text.ok() ? *text : std::string();
}

// Where the tree of version 2, or of version 1's memory controller, is mounted.
std::string MountOf(bool unified) {
  std::istringstream mounts(ReadText("/proc/self/mounts"));
  std::string device, folder, type, options, rest;
  while (mounts >> device >> folder >> type >> options && std::getline(mounts, rest)) {
    if (unified && type == "cgroup2") return folder;
    const bool memory = ("," + options + ",").find(",memory,") != std::string::npos;
    if (!unified && type == "cgroup" && memory) return folder;
  }
  return "";
}

// This process's own group in that tree, or empty.
std::string OwnGroup(bool unified) {
  const std::string mount = MountOf(unified);
  if (mount.empty()) return "";
  std::istringstream lines(ReadText("/proc/self/cgroup"));
  std::string line;
  while (std::getline(lines, line)) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool memory = ("," + controllers + ",").find(",memory,") != std::string::npos;
    if (unified ? controllers.empty() : memory) return mount + line.substr(second + 1);
  }
  return "";
}

int64_t NumberAfter(const std::string& text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string::npos) return 0;
  int64_t number = 0;
  std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
  return number;
}

// Groups of processes that have ended, which could not remove them.
void RemoveStale(const std::string& parent) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const int64_t pid = NumberAfter(name, kPrefix);
    if (pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) {
      ::rmdir(entry.path().c_str());
    }
  }
}

// The folder of a new group below our own in that tree; empty where it cannot be made.
std::string MakeGroup(bool unified, const std::string& name) {
  const std::string parent = OwnGroup(unified);
  if (parent.empty()) return "";
  RemoveStale(parent);
  std::string folder = fmt::format("{}/{}{},{}", parent, kPrefix, ::getpid(), name);
  ::rmdir(folder.c_str());
  return ::mkdir(folder.c_str(), 0755) == 0 ? folder : "";
}

}  // namespace

std::string_view MemoryKeeperName(MemoryKeeper keeper) {
  switch (keeper) {
    case MemoryKeeper::kCgroup2:
      return "cgroup v2";
    case MemoryKeeper::kCgroup1:
      return "cgroup v1";
    case MemoryKeeper::kPolling:
      break;
  }
  return "polled";
}

ChildGroup ChildGroup::Make(const std::string& name, int64_t memory_limit) {
  ChildGroup group;
  std::string plain = name;
  for (char& c : plain) c = c == '/' ? '-' : c;
  const std::string limit = fmt::format("{}\n", memory_limit);
  group.unified_ = MakeGroup(true, plain);
  if (!group.unified_.empty()) {
    group.join_files_.push_back(group.unified_ + "/cgroup.procs");
    if (memory_limit > 0 && WriteText(group.unified_ + "/memory.max", limit)) {
      WriteText(group.unified_ + "/memory.oom.group", "1\n");
      group.keeper_ = MemoryKeeper::kCgroup2;
    }
  }
  if (memory_limit == 0 || group.keeper_ == MemoryKeeper::kCgroup2) return group;
  group.memory_ = MakeGroup(false, plain);
  if (group.memory_.empty()) return group;
  if (WriteText(group.memory_ + "/memory.limit_in_bytes", limit)) {
    group.join_files_.push_back(group.memory_ + "/cgroup.procs");
    group.keeper_ = MemoryKeeper::kCgroup1;
  } else {
    ::rmdir(std::exchange(group.memory_, "").c_str());
  }
  return group;
}

ChildGroup::ChildGroup(ChildGroup&& other) noexcept
    : unified_(std::exchange(other.unified_, "")),
      memory_(std::exchange(other.memory_, "")),
      join_files_(std::exchange(other.join_files_, {})),
      keeper_(std::exchange(other.keeper_, MemoryKeeper::kPolling)) {}

ChildGroup::~ChildGroup() {
  for (const std::string* folder : {&unified_, &memory_}) {
    if (!folder->empty()) ::rmdir(folder->c_str());
  }
}

void ChildGroup::KillAll() const {
  if (!unified_.empty() && WriteText(unified_ + "/cgroup.kill", "1\n")) return;
  for (const std::string& file : join_files_) {
    std::istringstream pids(ReadText(file));
    pid_t pid = 0;
    while (pids >> pid) ::kill(pid, SIGKILL);
  }
}

bool ChildGroup::IsEmpty() const {
  for (const std::string& file : join_files_) {
    if (!ReadText(file).empty()) return false;
  }
  return true;
}

bool ChildGroup::RanOutOfMemory() const {
  if (keeper_ == MemoryKeeper::kCgroup2) {
    return NumberAfter(ReadText(unified_ + "/memory.events"), "oom_kill ") > 0;
  }
  return keeper_ == MemoryKeeper::kCgroup1 &&
         NumberAfter(ReadText(memory_ + "/memory.oom_control"), "oom_kill ") > 0;
}

}  // namespace flywheel

// A control group for one child and everything that it starts, where the machine lets us make one:
// it holds whatever leaves the process tree, ends it all at once, and keeps its memory within a
// limit. Where it does not, nothing of this is done and the caller polls (process_tree.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flywheel {

// What keeps a memory limit.
enum class MemoryKeeper { kPolling, kCgroup1, kCgroup2 };

// "cgroup v2", "cgroup v1" or "polled".
std::string_view MemoryKeeperName(MemoryKeeper keeper);

class ChildGroup {
 public:
  // `name` tells it from others of this process. Never fails: what cannot be made is left out.
  // 0: no memory limit.
  static ChildGroup Make(const std::string& name, int64_t memory_limit);

  ChildGroup(ChildGroup&& other) noexcept;
  ChildGroup& operator=(ChildGroup&&) = delete;
  // Removes the group; whatever is still in it stays alive.
  ~ChildGroup();

  // Files into which the child writes "0" before it becomes its program; see ChildCommand.
  const std::vector<std::string>& join_files() const { return join_files_; }
  MemoryKeeper memory_keeper() const { return keeper_; }

  // SIGKILL to everything in it, at once where the kernel can.
  void KillAll() const;
  // No process is left in it; true also where there is no group.
  bool IsEmpty() const;
  // The kernel ended a process of it, because the limit was reached.
  bool RanOutOfMemory() const;

 private:
  ChildGroup() = default;

  std::string unified_;  // folder in the version 2 tree; empty: none
  std::string memory_;   // folder in version 1's memory tree; empty: none
  std::vector<std::string> join_files_;
  MemoryKeeper keeper_ = MemoryKeeper::kPolling;
};

}  // namespace flywheel

#include "base/io/process_tree.h"

#include <dirent.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>

#include "base/io/files.h"
#include "base/io/process_identity.h"

namespace flywheel {
namespace {

constexpr int kRescanMs = 2;

// Pids of all processes, without a standard iterator: this runs while processes come and go.
std::vector<int64_t> AllPids() {
  std::vector<int64_t> pids;
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) return pids;
  while (const dirent* entry = ::readdir(folder)) {
    int64_t pid = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    const auto [next, error] = std::from_chars(entry->d_name, end, pid);
    if (error == std::errc() && next == end) pids.push_back(pid);
  }
  ::closedir(folder);
  return pids;
}

// The proportional share of shared pages and all of the others, or 0 when it cannot be read.
int64_t ProportionalBytes(int64_t pid) {
  const auto text = ReadFile(fmt::format("/proc/{}/smaps_rollup", pid));
  if (!text.ok()) return 0;
  const size_t at = text->find("\nPss:");
  if (at == std::string::npos) return 0;
  return std::strtoll(text->c_str() + at + 5, nullptr, 10) * 1024;
}

}  // namespace

Result<ProcessStat> ReadProcessStat(int64_t pid) {
  const auto text = ReadFile(fmt::format("/proc/{}/stat", pid));
  if (!text.ok()) return NotFound(fmt::format("there is no process {}", pid));
  // The name in parentheses may hold anything: count from the last one.
  const size_t name_end = text->rfind(')');
  long long parent = 0, start = 0, pages = 0;
  char state = 0;
  if (name_end == std::string::npos ||
      std::sscanf(text->c_str() + name_end + 1,
                  " %c %lld %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
                  "%lld %*u %lld",
                  &state, &parent, &start, &pages) != 4) {
    return NotFound(fmt::format("/proc/{}/stat: expected the form of proc(5)", pid));
  }
  return ProcessStat{pid, parent, state, start, pages * ::sysconf(_SC_PAGESIZE)};
}

std::vector<ProcessStat> Descendants(int64_t root) {
  std::multimap<int64_t, ProcessStat> by_parent;
  for (const int64_t pid : AllPids()) {
    if (const auto stat = ReadProcessStat(pid); stat.ok()) by_parent.emplace(stat->parent, *stat);
  }
  std::vector<ProcessStat> found;
  std::vector<int64_t> open = {root};
  while (!open.empty()) {
    const auto [begin, end] = by_parent.equal_range(open.back());
    open.pop_back();
    for (auto child = begin; child != end; ++child) {
      found.push_back(child->second);
      open.push_back(child->second.pid);
    }
    by_parent.erase(begin, end);  // a pid used again during the scan cannot make a circle
  }
  return found;
}

int64_t DescendantMemory(int64_t root, int64_t enough) {
  int64_t resident = 0, proportional = 0;
  const auto processes = Descendants(root);
  for (const ProcessStat& process : processes) resident += process.resident_bytes;
  if (resident <= enough || processes.size() < 2) return resident;
  for (const ProcessStat& process : processes) proportional += ProportionalBytes(process.pid);
  return proportional > 0 ? proportional : resident;
}

Status BecomeSubreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return OkStatus();
  return ErrnoStatus(errno, "become", "a subreaper");
}

void ReapOrphans(int64_t spare) {
  while (true) {
    siginfo_t info = {};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
    if (info.si_pid == 0 || info.si_pid == spare) return;
    ::waitpid(info.si_pid, nullptr, WNOHANG);
  }
}

int KillMarked(const std::string& name, const std::string& value) {
  const std::string mark = name + "=" + value + '\0';
  int found = 0;
  for (const int64_t pid : AllPids()) {
    const auto identity = IdentifyProcess(pid);
    const auto environment = ReadFile(fmt::format("/proc/{}/environ", pid));
    if (!identity.ok() || !environment.ok()) continue;
    // The mark begins an entry: at the start, or behind another entry's end.
    const size_t at = environment->find(mark);
    if (at == std::string::npos || (at > 0 && (*environment)[at - 1] != '\0')) continue;
    if (SignalProcess(*identity, SIGKILL).ok()) ++found;
  }
  return found;
}

Status KillDescendants(double timeout_s) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(timeout_s);
  while (true) {
    const auto processes = Descendants(::getpid());
    if (processes.empty()) return OkStatus();
    for (const ProcessStat& process : processes) {
      if (process.ended()) {
        if (process.parent == ::getpid()) {
          ::waitpid(static_cast<pid_t>(process.pid), nullptr, WNOHANG);
        }
        continue;
      }
      const auto identity = IdentifyProcess(process.pid);
      if (!identity.ok() || identity->start_time != process.start_time) continue;
      (void)SignalProcess(*identity, SIGKILL);  // one that has ended meanwhile is as good
    }
    if (Clock::now() > end) {
      return DeadlineExceeded(fmt::format("{} processes survived being killed, the first is {}",
                                          processes.size(), processes.front().pid));
    }
    ::poll(nullptr, 0, kRescanMs);
  }
}

}  // namespace flywheel

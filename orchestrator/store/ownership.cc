#include "orchestrator/store/ownership.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {
namespace {

constexpr auto kLockPoll = std::chrono::milliseconds(20);
constexpr int kLockPolls = 500;  // 10 s for a killed process to be gone

struct Owner {
  ProcessIdentity process;
  int64_t generation = 0;
};

std::string LockPath(const std::string& folder) { return folder + "/lock"; }
std::string OwnerPath(const std::string& folder) { return folder + "/owner.json"; }
std::string LeasePath(const std::string& folder) { return folder + "/lease"; }

// Of this boot, and not stopped by anybody who sets the clock.
int64_t BootTimeMs() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// Invalid when somebody has the lock.
Result<FileDescriptor> TryLock(const std::string& folder) {
  const std::string path = LockPath(folder);
  FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.get() < 0) return ErrnoStatus(errno, "open lock file", path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return FileDescriptor();
  return ErrnoStatus(errno, "lock", path);
}

std::string RecordOf(const Owner& owner) {
  return CanonicalJson({{"generation", owner.generation},
                        {"pid", owner.process.pid},
                        {"start_time", owner.process.start_time},
                        {"boot_id", owner.process.boot_id}}) +
         "\n";
}

// Absent in a folder that nobody has owned yet.
Result<std::optional<Owner>> ReadOwner(const std::string& folder) {
  const std::string path = OwnerPath(folder);
  const Result<nlohmann::json> value = ReadJsonFile(path);
  if (value.status().code() == StatusCode::kNotFound) return std::optional<Owner>();
  if (!value.ok()) return value.status();
  Owner owner;
  JsonObjectReader reader(*value, path);
  reader.Required("generation", &owner.generation);
  reader.Required("pid", &owner.process.pid);
  reader.Required("start_time", &owner.process.start_time);
  reader.Required("boot_id", &owner.process.boot_id);
  FW_TRY(reader.FinishAllowingUnknown());
  return std::optional<Owner>(std::move(owner));
}

// Milliseconds since the lease was renewed; absent when it says nothing.
std::optional<int64_t> LeaseAgeMs(const std::string& folder) {
  const Result<std::string> text = ReadFile(LeasePath(folder));
  if (!text.ok()) return std::nullopt;
  int64_t renewed = 0;
  const size_t digits = text->find_first_not_of(' ');
  if (digits == std::string::npos) return std::nullopt;
  const auto [end, error] =
      std::from_chars(text->data() + digits, text->data() + text->size(), renewed);
  if (error != std::errc()) return std::nullopt;
  return BootTimeMs() - renewed;
}

// A record that cannot be read keeps nobody from taking a free folder: owners are told apart by
// their processes too.
int64_t NextGeneration(const Result<std::optional<Owner>>& former) {
  return former.ok() && *former ? (*former)->generation + 1 : 1;
}

std::string OwnerText(const std::string& folder) {
  const Result<std::optional<Owner>> owner = ReadOwner(folder);
  return owner.ok() && *owner ? fmt::format("{}", (*owner)->process.pid) : "unknown";
}

Status CheckStale(const std::string& folder, const Owner& owner) {
  const std::optional<int64_t> age = LeaseAgeMs(folder);
  if (!age || *age >= kLeaseStaleMs) return OkStatus();
  return FailedPrecondition(fmt::format(
      "state directory {}: the daemon with pid {} renewed its lease {:.1f} s ago, so it is alive; "
      "stop it instead (a lease is stale after {:.0f} s)",
      folder, owner.process.pid, static_cast<double>(*age) / 1000,
      static_cast<double>(kLeaseStaleMs) / 1000));
}

}  // namespace

Result<Ownership> Ownership::Settle(const std::string& folder, FileDescriptor lock,
                                    int64_t generation) {
  Ownership ownership;
  ownership.owner_path_ = OwnerPath(folder);
  ownership.generation_ = generation;
  ownership.lock_ = std::move(lock);
  FW_ASSIGN(ProcessIdentity process, IdentifyProcess(::getpid()));
  ownership.record_ = RecordOf({.process = std::move(process), .generation = generation});
  FW_TRY(WriteFileAtomic(ownership.owner_path_, ownership.record_));
  const std::string path = LeasePath(folder);
  ownership.lease_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (ownership.lease_.get() < 0) return ErrnoStatus(errno, "open", path);
  FW_TRY(ownership.RenewLease());
  return ownership;
}

Result<Ownership> Ownership::Take(const std::string& folder) {
  FW_ASSIGN(FileDescriptor lock, TryLock(folder));
  if (lock.get() < 0) {
    return FailedPrecondition(
        fmt::format("state directory {}: in use by the daemon with pid {}; stop that one, or take "
                    "another --state-dir (--take-over replaces one that hangs)",
                    folder, OwnerText(folder)));
  }
  return Settle(folder, std::move(lock), NextGeneration(ReadOwner(folder)));
}

Result<Ownership> Ownership::TakeOver(const std::string& folder, const EndOwner& end_owner) {
  FW_ASSIGN(FileDescriptor lock, TryLock(folder));
  const Result<std::optional<Owner>> former = ReadOwner(folder);
  if (lock.get() >= 0) return Settle(folder, std::move(lock), NextGeneration(former));
  FW_ASSIGN(const std::optional<Owner> owner, former);
  if (!owner) {
    return FailedPrecondition(
        fmt::format("state directory {}: its owner is only starting, try again", folder));
  }
  FW_TRY(CheckStale(folder, *owner));
  // From here on the owner refuses to write, whether it ends or not.
  FW_ASSIGN(ProcessIdentity self, IdentifyProcess(::getpid()));
  FW_TRY(WriteFileAtomic(OwnerPath(folder), RecordOf({.process = std::move(self),
                                                      .generation = owner->generation + 1})));
  const Status ended = end_owner(owner->process);
  if (!ended.ok() && ended.code() != StatusCode::kNotFound) return ended;
  for (int poll = 0; poll < kLockPolls; ++poll) {
    FW_ASSIGN(lock, TryLock(folder));
    if (lock.get() >= 0) return Settle(folder, std::move(lock), owner->generation + 2);
    std::this_thread::sleep_for(kLockPoll);
  }
  return FailedPrecondition(
      fmt::format("state directory {}: the daemon with pid {} was killed, but its process is still "
                  "there",
                  folder, owner->process.pid));
}

Result<Ownership> Ownership::TakeOver(const std::string& folder) {
  return TakeOver(folder,
                  [](const ProcessIdentity& owner) { return SignalProcess(owner, SIGKILL); });
}

Status Ownership::Check() const {
  const Result<std::string> record = ReadFile(owner_path_);
  if (record.ok() && *record == record_) return OkStatus();
  return FailedPrecondition(fmt::format(
      "{}: generation {} of this state directory has ended, another daemon has taken it over",
      owner_path_, generation_));
}

Status Ownership::RenewLease() const {
  const std::string text = fmt::format("{:>20}\n", BootTimeMs());
  if (DiskWriteAt(lease_.get(), text, 0) == static_cast<ssize_t>(text.size())) {
    return OkStatus();
  }
  return ErrnoStatus(errno, "renew", "lease");
}

}  // namespace flywheel

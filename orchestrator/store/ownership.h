// Who owns a state directory: a lock that the kernel frees when its owner ends, the owner's
// identity with its generation, and a lease that a living owner renews. An owner that hangs can be
// replaced: first its generation ends, so that it can never write again, then its process. Knows
// nothing of what lies in the folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/io/file_descriptor.h"
#include "base/io/process_identity.h"
#include "base/result.h"

namespace flywheel {

// An owner renews its lease this often; one that has not for the longer time hangs.
inline constexpr int kLeaseRenewalMs = 2'000;
inline constexpr int kLeaseStaleMs = 10'000;

class Ownership {
 public:
  // Ends the owner's process. Injected by tests that let it live.
  using EndOwner = std::function<Status(const ProcessIdentity& owner)>;

  // FAILED_PRECONDITION names the pid of the daemon that owns the folder.
  static Result<Ownership> Take(const std::string& folder);

  // Where the owner's lease is stale: ends its generation, then the process, waits for that and
  // takes the folder. A folder without an owner is simply taken. FAILED_PRECONDITION: the owner is
  // alive, or its process would not end.
  static Result<Ownership> TakeOver(const std::string& folder, const EndOwner& end_owner);
  static Result<Ownership> TakeOver(const std::string& folder);

  // FAILED_PRECONDITION as soon as somebody else has taken the folder over. Cheap: asked before
  // every commit. Any thread.
  Status Check() const;

  // Needs no new block of the disk, so that a full one does not look like a hanging owner.
  Status RenewLease() const;

  // Grows with every owner.
  int64_t generation() const { return generation_; }

 private:
  Ownership() = default;
  static Result<Ownership> Settle(const std::string& folder, FileDescriptor lock,
                                  int64_t generation);

  std::string owner_path_;
  std::string record_;  // what owner.json holds while this one owns the folder
  int64_t generation_ = 0;
  FileDescriptor lock_;
  FileDescriptor lease_;
};

}  // namespace flywheel

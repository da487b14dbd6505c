// Files with errors that name them. Writing is atomic and durable: temporary name, fsync, rename,
// fsync of the folder. Not for large streams.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// NOT_FOUND, PERMISSION_DENIED, UNAVAILABLE (the device failed) or INTERNAL, each with path and
// reason.
Result<std::string> ReadFile(const std::string& path);

// A reader of `path` sees the old bytes or all of the new ones, even after a power cut.
// RESOURCE_EXHAUSTED when the disk is full.
Status WriteFileAtomic(const std::string& path, std::string_view bytes);

// The same for readers, without the promise about power cuts and without its price (an fsync takes
// milliseconds): for files that mean nothing after a reboot.
Status ReplaceFile(const std::string& path, std::string_view bytes);

// Plain writing, for scratch files that nobody reads after a crash.
Status WriteFile(const std::string& path, std::string_view bytes);

// All of it to an open file; `path` names it in errors.
Status WriteAll(int fd, std::string_view bytes, const std::string& path);

// Removes what WriteFileAtomic and ReplaceFile have left in this folder in processes of this
// machine that were killed on the way. Not below it.
Status RemoveTemporaries(const std::string& folder);

// Creates the folder and those above it.
Status MakeDirectories(const std::string& path);

// The status of a failed system call: "<action> <path>: <strerror>". A device that fails (EIO) is
// UNAVAILABLE: nobody's mistake, and another try may do.
Status ErrnoStatus(int error, std::string_view action, std::string_view path);

// fsync of a folder, so that a rename in it is durable.
Status SyncDirectory(const std::string& path);

// Calls `line` with each line (without its end) and its number from 1; stops at its first failure
// and says "<path>:<number>: ...". A last line without an end counts.
Status ForEachLine(const std::string& path,
                   const std::function<Status(std::string_view line, int64_t number)>& line);

}  // namespace flywheel

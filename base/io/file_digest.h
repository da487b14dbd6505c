// Reading a file piece by piece, and its SHA-256: for files of any size. Links, devices and pipes
// are refused.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// Calls `piece` with the bytes in order and stops at its first failure. A link is refused even when
// it appears after the caller has looked.
Status ForEachPiece(const std::string& path,
                    const std::function<Status(std::string_view bytes)>& piece);

struct FileDigest {
  std::string digest;
  int64_t size = 0;
};
Result<FileDigest> DigestOfFile(const std::string& path);

}  // namespace flywheel

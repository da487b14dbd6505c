// The daemon's side of the artifact store: it looks and deletes, it never writes. Workers write
// (base/io/artifact_dir). An artifact is named by its SHA-256 in lower-case hex; a folder by the
// digest of its manifest.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;

  virtual bool Contains(std::string_view digest) const = 0;

  // Reads all of it. NOT_FOUND, or DATA_LOSS when the bytes do not have this digest.
  virtual Status Verify(std::string_view digest) const = 0;

  // Calls `visit` with each digest and the bytes it occupies, in no order.
  virtual Status ForEach(
      const std::function<Status(std::string_view digest, int64_t size)>& visit) const = 0;

  // NOT_FOUND when it is not there. A folder's files stay: they are artifacts of their own.
  virtual Status Remove(std::string_view digest) = 0;
};

}  // namespace flywheel

// The daemon's side of the artifact store: it looks and deletes, it never writes. Workers write
// (base/io/artifact_dir). An artifact is named by its SHA-256 in lower-case hex; a folder by the
// digest of its manifest.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "orchestrator/core/time.h"

namespace flywheel {

// A file of the store: a file artifact, or a folder's manifest.
struct StoredObject {
  std::string digest;
  int64_t size = 0;
  TimeMs written_ms = 0;  // or when a writer last found it there
};

// Objects that readers have found changed and put aside.
struct DamagedFiles {
  int64_t count = 0;
  int64_t bytes = 0;
};

class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;

  virtual bool Contains(std::string_view digest) const = 0;

  // Reads all of it. NOT_FOUND, or DATA_LOSS when the bytes do not have this digest.
  virtual Status Verify(std::string_view digest) const = 0;

  // As Verify; what is damaged is put aside besides, so that it can be made again.
  virtual Status VerifyOrPutAside(std::string_view digest) = 0;

  // Digests of the files in a folder artifact; none for a file. NOT_FOUND, or DATA_LOSS when the
  // manifest is damaged.
  virtual Result<std::vector<std::string>> FilesOf(std::string_view digest) const = 0;

  // Calls `visit` with everything that is there, in no order.
  virtual Status ForEach(const std::function<Status(const StoredObject& object)>& visit) const = 0;

  // They are no artifacts any more: neither visited nor removed here.
  virtual Result<DamagedFiles> Damaged() const = 0;

  // Removes it unless it was written, or found there by a writer, at `before` or later; false then,
  // and when it is not there. Safe beside writers. A folder's files stay: they are objects of their
  // own.
  virtual Result<bool> RemoveUnused(std::string_view digest, TimeMs before) = 0;
};

}  // namespace flywheel

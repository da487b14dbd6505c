// The artifact store on disk: content named by SHA-256, kept once, never changed. Workers put and
// read; only the daemon deletes. A file is <root>/ab/cdef...; a folder is its manifest, the compact
// JSON array of {"path","sha256","size"} sorted by path, at <root>/ab/cdef....folder, beside one
// file for each entry. Modes, times and empty folders are not content; symbolic links are refused.
// Safe for many processes on one file system at once. Does not know who needs an artifact.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel {

struct StoredArtifact {
  std::string digest;
  int64_t size = 0;  // of a folder: the sum over its files
  bool operator==(const StoredArtifact&) const = default;
};

// One file of a folder artifact.
struct ManifestEntry {
  std::string path;  // relative, '/' between components
  int64_t size = 0;
  std::string sha256;
  bool operator==(const ManifestEntry&) const = default;
};

class ArtifactDir {
 public:
  // Creates the folder where it is missing.
  static Result<ArtifactDir> Open(std::string root);

  const std::string& root() const { return root_; }

  // Copies a file or a folder in: temporary name, fsync, rename, fsync of the folder. What is there
  // already is not written again, its time of writing becomes now. INVALID_ARGUMENT for links,
  // devices and names that are not UTF-8, NOT_FOUND when there is nothing at `path`,
  // RESOURCE_EXHAUSTED when the disk is full.
  Result<StoredArtifact> Put(const std::string& path) const;
  Result<StoredArtifact> PutBytes(std::string_view bytes) const;

  bool Has(std::string_view digest) const;
  // Where the bytes of a file artifact lie. Readers must not change them. NOT_FOUND.
  Result<std::string> FilePath(std::string_view digest) const;
  // The files of a folder artifact. NOT_FOUND; DATA_LOSS when the manifest is damaged.
  Result<std::vector<ManifestEntry>> ReadManifest(std::string_view digest) const;
  bool IsFolder(std::string_view digest) const;
  // Where a folder artifact's manifest lies, or would lie.
  std::string ManifestPath(std::string_view digest) const;

  // Makes the artifact appear at `target` (which must not exist) without copying: a file is a
  // symbolic link into the store, a folder is a real folder of such links.
  Status Lay(std::string_view digest, const std::string& target) const;

  // Reads everything again: DATA_LOSS names the file whose bytes do not have its name's digest.
  Status Verify(std::string_view digest) const;

  // Removes what writers that are gone have left behind. Returns how many files that were.
  Result<int> RemoveStaleTemporaries() const;

 private:
  explicit ArtifactDir(std::string root) : root_(std::move(root)) {}

  // Folders whose new entries are to be made durable, each once.
  using Unsynced = std::set<std::string>;

  Result<StoredArtifact> PutFile(const std::string& path, Unsynced& unsynced) const;
  Result<StoredArtifact> PutFolder(const std::string& path, Unsynced& unsynced) const;
  Status PutText(std::string_view text, const std::string& target, Unsynced& unsynced) const;
  Status Publish(const std::string& temporary, const std::string& target, Unsynced& unsynced) const;
  std::string BlobPath(std::string_view digest) const;

  std::string root_;
};

}  // namespace flywheel

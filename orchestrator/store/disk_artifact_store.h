// The daemon's view of the artifact folder: what is there, how large, and its removal. Workers
// write it (base/io/artifact_dir.h, whose layout this reads).
#pragma once

#include <string>
#include <vector>

#include "base/io/artifact_dir.h"
#include "orchestrator/ports/artifact_store.h"

namespace flywheel {

class DiskArtifactStore : public ArtifactStore {
 public:
  // Creates the folder where it is missing and removes what writers that are gone have left behind.
  static Result<DiskArtifactStore> Open(const std::string& root);

  bool Contains(std::string_view digest) const override;
  Status Verify(std::string_view digest) const override;
  Status VerifyOrPutAside(std::string_view digest) override;
  Result<std::vector<std::string>> FilesOf(std::string_view digest) const override;
  Status ForEach(const std::function<Status(const StoredObject& object)>& visit) const override;
  Result<DamagedFiles> Damaged() const override;
  Result<bool> RemoveUnused(std::string_view digest, TimeMs before) override;

 private:
  explicit DiskArtifactStore(ArtifactDir artifacts) : artifacts_(std::move(artifacts)) {}

  ArtifactDir artifacts_;
};

}  // namespace flywheel

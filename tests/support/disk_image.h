// What lies on a disk at one moment, what was synced and the rest told apart, and what of it is
// there after the power was cut. Values; who writes is power_cut_vfs.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/rng.h"

namespace flywheel {

struct DiskImage {
  struct Change {
    enum class Kind { kCreate, kWrite, kTruncate };
    int64_t number = 0;  // over all files, in the order in which they were made
    Kind kind = Kind::kWrite;
    int64_t offset = 0;  // of a write; the new size of a truncation
    std::string bytes;
  };
  struct File {
    std::string now;      // as its writer sees it
    std::string durable;  // as of its last sync
    bool created = true;  // it was synced at least once
    std::vector<Change> pending;

    void Make(Change change);
    void Sync();
  };

  enum class Keeps {
    kEverything,  // only the process died: what it wrote is the kernel's
    kSynced,
    kPrefix,  // the changes up to some point, the last one torn
    kAny,     // any of the changes, any of their sectors
  };
  // The same disk after the power came back; everything on it is durable then.
  DiskImage After(Keeps keeps, Rng& rng) const;

  std::map<std::string, File> files;
  // Removed, but the folder was not synced since: they may come back.
  std::map<std::string, File> removed;
};

}  // namespace flywheel

// A disk for SQLite whose power can be cut: files in memory, every write known and whether it was
// synced. A cut keeps what was synced and a drawn part of the rest, torn at sectors. While it lives
// it is SQLite's default file system, so there is one at a time. For one connection a file; shared
// memory is the connection's own and never survives, as after a reboot.
#pragma once

#include <cstdint>
#include <memory>

#include "tests/support/disk_image.h"

namespace flywheel {

class PowerCutDisk {
 public:
  PowerCutDisk();
  ~PowerCutDisk();
  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  // Writes, syncs, truncations and removals so far.
  int64_t operations() const;
  // After `more` further operations nothing reaches the disk, and everything fails.
  void CutAfter(int64_t more);
  bool cut() const;
  // The power is back and the disk holds this. No connection may be open.
  void Load(DiskImage image);
  const DiskImage& image() const;

  // While it is full, nothing grows: SQLITE_FULL.
  void SetFull(bool full);

 private:
  struct State;
  struct Methods;
  std::unique_ptr<State> state_;
};

}  // namespace flywheel

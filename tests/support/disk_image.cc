#include "tests/support/disk_image.h"

#include <algorithm>
#include <utility>

namespace flywheel {
namespace {

using Change = DiskImage::Change;
using File = DiskImage::File;

constexpr int64_t kSector = 512;

// `from` up to `to` of a write's bytes, the file grown with zeros where it must be.
void Write(std::string& file, const Change& change, int64_t from, int64_t to) {
  const auto end = static_cast<size_t>(change.offset + to);
  if (file.size() < end) file.resize(end, '\0');
  std::copy(change.bytes.begin() + from, change.bytes.begin() + to,
            file.begin() + change.offset + from);
}

void MakeIn(std::string& file, const Change& change) {
  if (change.kind == Change::Kind::kTruncate) file.resize(static_cast<size_t>(change.offset), '\0');
  if (change.kind != Change::Kind::kWrite) return;
  Write(file, change, 0, static_cast<int64_t>(change.bytes.size()));
}

// A write of which only some sectors were reached; sectors are those of the disk, not of the write.
void MakeTorn(std::string& file, const Change& change, Rng& rng) {
  if (change.kind != Change::Kind::kWrite) return MakeIn(file, change);
  const auto size = static_cast<int64_t>(change.bytes.size());
  int64_t from = 0;
  while (from < size) {
    const int64_t sector_end = (change.offset + from) / kSector * kSector + kSector;
    const int64_t to = std::min(size, sector_end - change.offset);
    if (rng.Chance(0.5)) Write(file, change, from, to);
    from = to;
  }
}

// How much of what was not synced is kept: the changes before `last`, a part of `last` itself.
struct Survival {
  DiskImage::Keeps keeps;
  int64_t last = 0;

  File Of(const File& file, Rng& rng) const {
    File kept{.now = file.durable, .durable = {}, .created = file.created, .pending = {}};
    for (const Change& change : file.pending) {
      bool whole = keeps == DiskImage::Keeps::kEverything;
      bool torn = false;
      if (keeps == DiskImage::Keeps::kPrefix) {
        whole = change.number < last;
        torn = change.number == last;
      } else if (keeps == DiskImage::Keeps::kAny) {
        whole = rng.Chance(0.4);
        torn = !whole && rng.Chance(0.5);
      }
      if (whole) MakeIn(kept.now, change);
      if (torn) MakeTorn(kept.now, change, rng);
      kept.created = kept.created || whole || torn;
    }
    kept.durable = kept.now;
    return kept;
  }
};

}  // namespace

void DiskImage::File::Make(Change change) {
  MakeIn(now, change);
  pending.push_back(std::move(change));
}

void DiskImage::File::Sync() {
  for (const Change& change : pending) MakeIn(durable, change);
  pending.clear();
  created = true;
}

DiskImage DiskImage::After(Keeps keeps, Rng& rng) const {
  Survival survival{.keeps = keeps, .last = 0};
  std::vector<int64_t> numbers;
  for (const auto& [name, file] : files) {
    for (const Change& change : file.pending) numbers.push_back(change.number);
  }
  if (!numbers.empty()) survival.last = rng.Pick(numbers);
  DiskImage after;
  for (const auto& [name, file] : files) {
    File kept = survival.Of(file, rng);
    if (kept.created) after.files[name] = std::move(kept);
  }
  for (const auto& [name, file] : removed) {
    const bool back = keeps == Keeps::kSynced || (keeps != Keeps::kEverything && rng.Chance(0.5));
    if (back && !files.contains(name)) after.files[name] = survival.Of(file, rng);
  }
  return after;
}

}  // namespace flywheel

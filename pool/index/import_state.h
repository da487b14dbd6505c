// What an interrupted import has left in its folder: the source it was for, the files that are
// wholly read, and the parts that are whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/index/dataset_import.h"
#include "pool/index/location_file.h"
#include "pool/index/part_writer.h"

namespace flywheel {

class ImportState {
 public:
  // Takes over what lies in the folder when it belongs to the same source, whose files have not
  // changed since, and to the same options; else begins with an empty folder.
  static Result<ImportState> Open(const DatasetSource& source, const std::string& folder,
                                  const ImportOptions& options);

  const std::vector<PoolFile>& files() const { return files_; }  // as they are now
  const std::vector<PartMarker>& parts() const { return parts_; }
  int64_t rows() const;      // in whole parts
  int64_t rejected() const;  // likewise
  // True when all parts of the file are there; then files()[file] has digest and records.
  bool IsDone(size_t file) const { return !files_[file].sha256.empty(); }
  // Where to go on in a file that is not done; empty: at its beginning.
  std::optional<RecordPosition> PositionIn(size_t file) const;

  // The file has been read to its end; its last part is `parts_so_far - 1`, which may still be
  // made.
  Status MarkRead(size_t file, const PoolFile& read, int64_t parts_so_far);

 private:
  explicit ImportState(std::string folder) : folder_(std::move(folder)) {}
  Status ReadMarkers();
  Status Begin(const std::string& description);

  std::string folder_;
  std::vector<PoolFile> files_;
  std::vector<PartMarker> parts_;
};

}  // namespace flywheel

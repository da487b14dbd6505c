// One part of a data set's index: the columns of up to a row group of samples as a Parquet file,
// their locations, the rejected records, and last a marker that the part is whole. All of it is
// durable when the marker is, so that an interrupted import goes on behind the last marker.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "pool/formats/record_blocks.h"
#include "pool/index/sample_batch.h"
#include "pool/sql/duck.h"

namespace flywheel {

// Which part, of what.
struct PartPlace {
  std::string folder;  // of the data set
  std::string dataset;
  std::string category;
  std::string file_path;  // of the data file, for the table of rejects
  int64_t sequence = 0;   // of the part in the data set, from 0
  int32_t file = 0;       // of the data file in the data set
  int64_t first_row = 0;  // of the part's first sample in the data set
};

// The marker: what is known of a part without reading it.
struct PartMarker {
  int32_t file = 0;
  int64_t rows = 0;
  int64_t text_only = 0;
  std::map<std::string, int64_t> rejected;  // by reason
  RecordPosition end;                       // where the reader of the data file goes on

  int64_t rejects() const;
  bool operator==(const PartMarker&) const = default;
};

// "<folder>/part-00012" and an ending: ".parquet", ".rows", ".rejects.parquet", ".json".
std::string PartPath(const std::string& folder, int64_t sequence, std::string_view ending);

// Writes all files of the part, the marker last.
Result<PartMarker> WritePart(const PartPlace& place, const SampleBatch& batch,
                             const RecordPosition& end, Duck* duck);
// NOT_FOUND when the part is not whole.
Result<PartMarker> ReadPartMarker(const std::string& folder, int64_t sequence);

// fsync of a file that something else has written, such as DuckDB.
Status SyncWrittenFile(const std::string& path);

}  // namespace flywheel

// Which columns of a Parquet file hold LLaVA samples, and in which rows an image lies, told without
// reading image bytes. Serves parquet_samples.cc alone.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/sql/duck.h"

namespace flywheel {

// SQL expressions over the columns that were found by name; empty where there is none.
struct ParquetColumns {
  std::string from;                   // the file as a table, with the column file_row_number
  std::string id;                     // as text
  std::string conversations;          // as JSON text
  std::string data_source;            // as text
  std::string image_path;             // VARCHAR
  std::string image_bytes;            // BLOB
  std::string others;                 // JSON text of an object with the rest
  std::vector<std::string> left_out;  // columns of bytes, which JSON cannot hold
};

// INVALID_ARGUMENT "x.parquet: column conversations is missing; found id (VARCHAR), text
// (VARCHAR)", or that one has a type that is not expected.
Result<ParquetColumns> FindParquetColumns(Duck& duck, const std::string& path);

// Rows of the file that hold bytes of an image.
class ParquetImageRows {
 public:
  // By what Parquet's own statistics say of each row group: where they leave it open, by the
  // images' paths or the conversations' "<image>", whichever counts agree; only where neither does,
  // by reading the bytes.
  static Result<ParquetImageRows> Find(Duck& duck, const std::string& path,
                                       const ParquetColumns& columns);

  // What rows say beside the statistics.
  struct Signs {
    bool has_path = false;
    bool has_token = false;
  };
  bool Holds(int64_t row, const Signs& signs) const;
  // Row groups whose image bytes had to be read.
  int groups_read() const { return groups_read_; }

 private:
  enum class Evidence { kAll, kNone, kPath, kToken, kRows };
  struct Group {
    int64_t begin = 0, rows = 0, images = 0;
    bool counted = false;  // the statistics give the number of images
    int64_t paths = 0, tokens = 0;
    Evidence evidence = Evidence::kRows;
  };
  Status ReadGroups(Duck& duck, const std::string& path);
  Status CountSigns(Duck& duck, const ParquetColumns& columns);
  Status ReadRows(Duck& duck, const ParquetColumns& columns, const Group& group);
  size_t GroupOf(int64_t row) const;

  std::vector<Group> groups_;
  std::set<int64_t> rows_;
  int groups_read_ = 0;
};

}  // namespace flywheel

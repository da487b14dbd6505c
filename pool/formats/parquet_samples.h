// LLaVA samples in Parquet files: LLaVA-NeXT-Data's shards with images inside (id, conversations,
// data_source, image {bytes, path}) and plain columns of LLaVA rows. Columns are found by name, in
// any order. Image bytes are read only for the rows that are asked for. Writes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/formats/llava_row.h"
#include "pool/sql/duck.h"

namespace flywheel {

enum class ImagePlace {
  kNone,    // a row of text
  kInFile,  // its bytes are in the Parquet file
  kOutside  // image_path names a file
};

struct ParquetSample {
  int64_t row = 0;            // in the file, from 0
  std::string id;             // empty: NULL
  std::string conversations;  // JSON text of an array
  std::string data_source;    // empty: NULL
  std::string others;         // JSON text of an object with the file's other columns, or empty
  std::string image_path;     // as the file says it; may be empty when the bytes are in the file
  ImagePlace image = ImagePlace::kNone;

  // ".png" as image_path ends, ".jpg" where it says nothing.
  std::string image_extension() const;

  bool operator==(const ParquetSample&) const = default;
};

// What a file holds that rows do not show.
struct ParquetNotes {
  std::vector<std::string> left_out;  // columns of bytes that no row carries on
  int groups_read = 0;                // row groups whose image bytes had to be read
};

// Every row in the order of the file. Errors name the file; those of columns what was found
// instead.
Result<ParquetNotes> ForEachParquetSample(
    Duck& duck, const std::string& path,
    const std::function<Status(const ParquetSample& sample)>& sample);

struct ParquetPlace {
  std::string path;
  int64_t row = 0;
};

// The chosen rows with their image bytes (empty without), each file read once from its beginning to
// its end: `index` says which of `places` a row answers. NOT_FOUND for a row past the end.
Status ReadParquetRows(Duck& duck, std::span<const ParquetPlace> places,
                       const std::function<Status(size_t index, const ParquetSample& sample,
                                                  std::string_view image)>& row);

// The sample as a LLaVA row, checked: `image_name` is where its image lies or will lie; empty where
// it has none. data_source and other columns stay beside the conversations. A NULL id is an error.
Result<LlavaRow> RowFromParquet(const ParquetSample& sample, std::string_view image_name);

}  // namespace flywheel

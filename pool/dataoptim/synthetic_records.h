// The rows of one file of the synthetic pool: ids, images, conversations in the shape of the data
// set and as long, on average, as the published file's. Where the rows go is synthetic_pool's
// business.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "pool/dataoptim/catalogue.h"

namespace flywheel {

class SyntheticRecords {
 public:
  // `rows` of a data set; the seed is the file's own. INVALID_ARGUMENT for a data set whose shape
  // is not known here.
  static Result<SyntheticRecords> Create(const CatalogueDataset& dataset, int64_t rows,
                                         uint64_t seed);
  SyntheticRecords(SyntheticRecords&&) noexcept;
  SyntheticRecords& operator=(SyntheticRecords&&) noexcept;
  ~SyntheticRecords();

  // Appends the next row as it stands in a list of Python's json.dump(indent=4), its first line not
  // indented. Call `rows` times. Lengths even out so that all rows with a separator before each
  // come close to rows * file_bytes / samples.
  void AppendNext(std::string* out);

 private:
  class Impl;
  explicit SyntheticRecords(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace flywheel

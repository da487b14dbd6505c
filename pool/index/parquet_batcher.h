// Gathers rows of one Parquet file into batches for the index.
#pragma once

#include <memory>
#include <string>

#include "pool/formats/parquet_samples.h"
#include "pool/index/sample_batch.h"

namespace flywheel {

class ParquetBatcher {
 public:
  // `most_rows`: of a batch.
  ParquetBatcher(std::string dataset, std::string path, int64_t most_rows);

  // A row that LLaVA could not train on is rejected with the reason.
  void Add(const ParquetSample& sample);
  bool IsEmpty() const { return rows() == 0; }
  bool IsFull() const { return rows() >= most_rows_; }
  std::unique_ptr<SampleBatch> Take();

 private:
  int64_t rows() const { return static_cast<int64_t>(batch_->size() + batch_->rejected.size()); }

  std::string dataset_;
  std::string path_;
  int64_t most_rows_;
  SampleParser parser_;
  std::unique_ptr<SampleBatch> batch_;
};

}  // namespace flywheel

// Gathers rows of one Parquet file into batches for the index.
#pragma once

#include <memory>
#include <string>

#include "pool/formats/parquet_samples.h"
#include "pool/index/sample_batch.h"

namespace flywheel {

class ParquetBatcher {
 public:
  ParquetBatcher(std::string dataset, std::string path);

  // A row that LLaVA could not train on is rejected with the reason.
  void Add(const ParquetSample& sample);
  bool IsFull() const;  // as many as a row group of the index
  std::unique_ptr<SampleBatch> Take();

 private:
  std::string dataset_;
  std::string path_;
  SampleParser parser_;
  std::unique_ptr<SampleBatch> batch_;
};

}  // namespace flywheel

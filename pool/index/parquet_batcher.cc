#include "pool/index/parquet_batcher.h"

#include <utility>

#include "pool/formats/parquet_records.h"

namespace flywheel {

ParquetBatcher::ParquetBatcher(std::string dataset, std::string path, int64_t most_rows)
    : dataset_(std::move(dataset)),
      path_(std::move(path)),
      most_rows_(most_rows),
      parser_(SampleFormat::kLlava, dataset_),
      batch_(std::make_unique<SampleBatch>()) {}

void ParquetBatcher::Add(const ParquetSample& sample) {
  Result<std::string> record = ParquetRecord(dataset_, path_, sample);
  if (!record.ok()) {
    batch_->rejected.push_back(
        {sample.row, sample.row + 1, "not_in_format", record.status().message()});
    return;
  }
  record->reserve(record->size() + RecordBlock::kPadding);
  // A row has no bytes of its own in the file: its length stays 0.
  parser_.ParseOne(*record, {.offset = sample.row, .length = 0, .number = sample.row + 1},
                   batch_.get());
}

std::unique_ptr<SampleBatch> ParquetBatcher::Take() {
  return std::exchange(batch_, std::make_unique<SampleBatch>());
}

}  // namespace flywheel

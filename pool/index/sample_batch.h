// Samples of one block of a data file, as columns: what the index holds of them. Filled by a
// SampleParser; one thread's.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/formats/record_blocks.h"
#include "pool/formats/sample_format.h"

namespace flywheel {

// Why a record is not in the index.
struct RejectedRecord {
  int64_t offset = 0;  // in the file; for Parquet the row
  int64_t number = 0;  // of the record, from 1
  std::string reason;  // a key to count by: "not_json", "no_id", "roles", ...
  std::string message;
};

struct SampleBatch {
  std::vector<int64_t> offsets;   // bytes in the file; for Parquet the row
  std::vector<uint32_t> lengths;  // bytes; for Parquet 0
  std::vector<std::string_view> ids;
  std::vector<std::string_view> images;  // empty: text only
  std::vector<int32_t> turns;
  std::vector<int32_t> words;
  std::vector<int32_t> options;
  std::vector<uint8_t> has_box;
  std::vector<uint64_t> content_hashes;  // XXH3 of image and turns, not of the id
  std::vector<uint64_t> id_hashes;
  std::vector<RejectedRecord> rejected;
  std::pmr::monotonic_buffer_resource texts;  // what the views look at

  size_t size() const { return offsets.size(); }
  void Clear();
  std::string_view Keep(std::string_view text);  // a copy that lives as long as the batch
};

// XXH3 of 64 bits, the hash of ids in the index.
uint64_t HashOfId(std::string_view id);

class SampleParser {
 public:
  // `dataset` makes the ids of records that have none: "<dataset>_<number>".
  SampleParser(SampleFormat format, const std::string& dataset);
  SampleParser(SampleParser&&) noexcept;
  ~SampleParser();

  // Appends what the block's records say; records that a trainer could not use are rejected with a
  // reason. The batch must have been cleared before.
  void Parse(const RecordBlock& block, SampleBatch* batch);
  // One record that has no block: its text must be followed by RecordBlock::kPadding readable
  // bytes.
  void ParseOne(std::string_view text, const FoundRecord& where, SampleBatch* batch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flywheel

// A data file of JSON records, read in blocks of whole records with where each lies: the elements
// of a JSON array or the lines of a JSONL file, whichever the first character says. Memory: one
// block, whatever the file's size. Where a block ends depends on where it begins and on nothing
// else, so that a reader that goes on makes the same ones. Whether a record is valid is for its
// parser to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/io/file_descriptor.h"
#include "base/result.h"
#include "pool/formats/record_splitter.h"

namespace flywheel {

struct RecordBlock {
  int64_t file_offset = 0;            // of bytes[0]
  std::string bytes;                  // followed by kPadding readable bytes (reserved, not counted)
  std::vector<FoundRecord> records;   // offsets are the file's
  std::vector<FoundRecord> overlong;  // records longer than the limit: passed over, not in bytes

  static constexpr size_t kPadding = 64;  // simdjson reads this far beyond a record
  std::string_view Text(const FoundRecord& record) const {
    return std::string_view(bytes).substr(static_cast<size_t>(record.offset - file_offset),
                                          static_cast<size_t>(record.length));
  }
};

struct RecordLimits {
  int64_t block_bytes = int64_t{24} << 20;  // a longer record has a block of its own
  int64_t block_records = 122'880;          // a row group of DuckDB's Parquet writer
  int64_t record_bytes = int64_t{64} << 20;
};

// Where a reader can go on: behind a block.
struct RecordPosition {
  int64_t offset = 0;
  int64_t number = 1;  // of the next record

  bool operator==(const RecordPosition&) const = default;
};

class RecordBlockReader {
 public:
  // INVALID_ARGUMENT for an empty file and for one that begins with neither '[' nor '{'. A byte
  // order mark is passed over.
  static Result<RecordBlockReader> Open(const std::string& path, const RecordLimits& limits = {});

  // Before the first Next: goes on where an earlier reader was; what lies before is read for the
  // digest only.
  Status SkipTo(const RecordPosition& position);
  // Fills `block`, which may come without a record; false at the end of the file. Errors name the
  // path, the byte and the record: truncated files, text between or behind records.
  Result<bool> Next(RecordBlock* block);
  // Where another reader goes on behind the last block.
  RecordPosition resume_position() const { return behind_record_; }
  int64_t records() const { return splitter_->number() - 1; }  // so far; for JSONL lines

  RecordLayout layout() const { return layout_; }
  int64_t size() const { return size_; }
  int64_t changed_ns() const { return changed_ns_; }  // time of the last change, since the epoch
  // SHA-256 of all of the file; after Next has said false.
  std::string FinishDigest() { return digest_.FinishHex(); }
  // FAILED_PRECONDITION when the file is not as it was at Open (size, time of change).
  Status CheckUnchanged() const;

 private:
  RecordBlockReader(std::string path, const RecordLimits& limits);
  Status Stat();
  Status FindLayout();
  // Appends up to `most` bytes of the file; false at its end.
  Result<bool> Read(size_t most, std::string* bytes);
  // What comes next: false when the block ends here.
  Result<bool> Extend(RecordBlock* block);
  Result<bool> ReadOn(RecordBlock* block);
  Status FinishRecords(RecordBlock* block);
  bool Take(const FoundRecord& found, RecordBlock* block);
  void DropUnneeded(RecordBlock* block);
  void CarryOn(RecordBlock* block);

  std::string path_;
  RecordLimits limits_;
  FileDescriptor file_;
  RecordLayout layout_ = RecordLayout::kLines;
  Sha256 digest_;
  int64_t size_ = 0;
  int64_t changed_ns_ = 0;
  std::optional<RecordSplitter> splitter_;
  std::string carried_;           // read already, for the next block
  int64_t carried_offset_ = 0;    // in the file
  int64_t block_begin_ = 0;       // of the block that is being made
  RecordPosition behind_record_;  // behind the last record of a block
  bool ended_ = false;            // no more records
};

}  // namespace flywheel

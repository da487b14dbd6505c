// Any file as an import reads it: blocks of records, parsed into columns. What was read stands in
// the file where it says; small blocks and large ones give the same records; an import that goes on
// behind any block reads what is left.
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "pool/formats/record_blocks.h"
#include "pool/index/sample_batch.h"
#include "tests/fuzz/fuzz_file.h"

namespace flywheel {
namespace {

struct ReadRecords {
  Status end;  // why there are no more
  std::vector<FoundRecord> records;
  std::vector<RecordPosition> behind;  // each block
  std::vector<uint64_t> contents;      // hashes of accepted samples
};

bool Same(const FoundRecord& a, const FoundRecord& b) {
  return a.offset == b.offset && a.length == b.length && a.number == b.number;
}

ReadRecords ReadFrom(const std::string& path, const RecordLimits& limits,
                     const RecordPosition& position, std::string_view file) {
  ReadRecords read;
  Result<RecordBlockReader> reader = RecordBlockReader::Open(path, limits);
  read.end = reader.status();
  if (!read.end.ok()) return read;
  if (position != RecordPosition{}) FW_CHECK(reader->SkipTo(position).ok(), "going on");
  SampleParser parser(SampleFormat::kLlava, "fuzz");
  SampleBatch batch;
  RecordBlock block;
  while (true) {
    Result<bool> more = reader->Next(&block);
    read.end = more.status();
    if (!more.ok() || !*more) return read;
    for (const FoundRecord& record : block.records) {
      FW_CHECK(block.Text(record) == file.substr(static_cast<size_t>(record.offset),
                                                 static_cast<size_t>(record.length)),
               "a record is not where it is said to be");
    }
    batch.Clear();
    parser.Parse(block, &batch);
    FW_CHECK(batch.size() + batch.rejected.size() == block.records.size() + block.overlong.size(),
             "every record is accepted or rejected");
    read.contents.insert(read.contents.end(), batch.content_hashes.begin(),
                         batch.content_hashes.end());
    read.records.insert(read.records.end(), block.records.begin(), block.records.end());
    read.behind.push_back(reader->resume_position());
  }
}

void Check(const std::string& path, std::string_view file) {
  const ReadRecords whole = ReadFrom(path, {}, {}, file);
  const RecordLimits small{.block_bytes = 16, .block_records = 2};
  const ReadRecords pieces = ReadFrom(path, small, {}, file);
  FW_CHECK(whole.end.ok() == pieces.end.ok(), "small blocks end as large ones do");
  FW_CHECK(whole.contents == pieces.contents || !whole.end.ok(), "the same samples");
  if (!whole.end.ok()) return;
  FW_CHECK(whole.records.size() == pieces.records.size(), "the same records");
  for (size_t i = 0; i < whole.records.size(); ++i) {
    FW_CHECK(Same(whole.records[i], pieces.records[i]), "the same records");
  }
  if (pieces.behind.empty()) return;
  const RecordPosition middle = pieces.behind[pieces.behind.size() / 2];
  if (middle == RecordPosition{}) return;
  const ReadRecords rest = ReadFrom(path, small, middle, file);
  FW_CHECK(rest.end.ok() && rest.records.size() <= whole.records.size(), "the rest can be read");
  const size_t first = whole.records.size() - rest.records.size();
  for (size_t i = 0; i < rest.records.size(); ++i) {
    FW_CHECK(Same(whole.records[first + i], rest.records[i]), "the rest is the rest");
  }
}

}  // namespace
}  // namespace flywheel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string path = flywheel::testing::FuzzFile(data, size);
  flywheel::Check(path, {reinterpret_cast<const char*>(data), size});
  return 0;
}

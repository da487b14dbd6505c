#include "pool/index/part_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "pool/formats/parquet_records.h"
#include "pool/formats/record_blocks.h"
#include "pool/index/source_files.h"

namespace flywheel {
namespace {

constexpr int64_t kReadAtOnce = int64_t{8} << 20;

// The end of the run of rows from `row` on that lie in one file within kReadAtOnce bytes.
int64_t EndOfRun(const LocationFile& locations, int64_t row, int64_t end) {
  const SampleLocation first = locations.At(row);
  int64_t next = row + 1;
  while (next < end) {
    const SampleLocation location = locations.At(next);
    const int64_t behind = location.position + location.length;
    if (location.file != first.file || behind - first.position > kReadAtOnce) break;
    ++next;
  }
  return next;
}

// A part of Parquet is a run of rows of one file.
Status ForEachRow(const PoolDataset& dataset, const LocationFile& locations, const PartRange& range,
                  const std::function<void(const SampleView&)>& each) {
  if (range.rows == 0) return OkStatus();
  const SampleLocation first = locations.At(range.first_row);
  const PoolFile& file = dataset.files[static_cast<size_t>(first.file)];
  FW_TRY(CheckSourceUnchanged(file));
  FW_ASSIGN(Duck duck, Duck::Open({.threads = 1, .memory_mib = 256, .temp_folder = ""}));
  SampleViewReader reader(SampleFormat::kLlava, dataset.name);
  int64_t row = range.first_row;
  const int64_t end = range.first_row + range.rows;
  const auto take = [&](const ParquetSample& sample) -> Status {
    if (row == end || locations.At(row).position != sample.row) return OkStatus();
    FW_ASSIGN(std::string record, ParquetRecord(dataset.name, file.path, sample));
    record.reserve(record.size() + RecordBlock::kPadding);
    if (const auto wrong = reader.Read(record, sample.row + 1)) {
      return DataLoss(fmt::format("{}: row {}: is not the sample that was imported: {}", file.path,
                                  sample.row, wrong->message));
    }
    each(reader.sample());
    ++row;
    return OkStatus();
  };
  FW_TRY(ForEachParquetSample(duck, file.path, take).status());
  if (row == end) return OkStatus();
  return DataLoss(fmt::format("{}: ends before row {}", file.path, locations.At(row).position));
}

}  // namespace

Status ForEachSampleOfPart(const PoolDataset& dataset, const LocationFile& locations,
                           const PartRange& range,
                           const std::function<void(const SampleView&)>& each) {
  if (dataset.format == SampleFormat::kParquet) return ForEachRow(dataset, locations, range, each);
  SourceFiles files;
  SampleViewReader reader(dataset.format, dataset.name);
  const int64_t end = range.first_row + range.rows;
  for (int64_t row = range.first_row; row < end;) {
    const int64_t next = EndOfRun(locations, row, end);
    const SampleLocation first = locations.At(row);
    const SampleLocation last = locations.At(next - 1);
    const PoolFile& file = dataset.files[static_cast<size_t>(first.file)];
    FW_ASSIGN(std::string bytes,
              files.Read(file, first.position, last.position + last.length - first.position));
    bytes.reserve(bytes.size() + RecordBlock::kPadding);
    for (; row < next; ++row) {
      const SampleLocation location = locations.At(row);
      const std::string_view text = std::string_view(bytes).substr(
          static_cast<size_t>(location.position - first.position), location.length);
      if (const auto wrong = reader.Read(text, row + 1)) {
        return DataLoss(fmt::format("{}: byte {}: is not the sample that was imported: {}",
                                    file.path, location.position, wrong->message));
      }
      each(reader.sample());
    }
  }
  return OkStatus();
}

}  // namespace flywheel

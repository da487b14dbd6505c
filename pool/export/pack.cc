#include "pool/export/pack.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "pool/export/pack_rows.h"
#include "pool/export/pack_writer.h"

namespace flywheel {
namespace {

// Records that are read together; those of Parquet files with their images.
constexpr size_t kSamplesAtOnce = 256;

// Goes through ranges, some samples at a time.
class RangeWalk {
 public:
  explicit RangeWalk(const std::vector<SampleRange>& ranges) : ranges_(ranges) {}

  std::vector<SampleRef> Next() {
    std::vector<SampleRef> samples;
    while (range_ < ranges_.size() && samples.size() < kSamplesAtOnce) {
      const SampleRange& range = ranges_[range_];
      if (row_ == range.rows) {
        ++range_;
        row_ = 0;
      } else {
        samples.push_back({range.dataset, range.first + static_cast<uint32_t>(row_++)});
      }
    }
    return samples;
  }

 private:
  const std::vector<SampleRange>& ranges_;
  size_t range_ = 0;
  int64_t row_ = 0;
};

class Packing {
 public:
  Packing(const PackRequest& request, Pool* pool)
      : request_(request), pool_(pool), reader_(request.images_root, pool) {
    for (const SampleRange& range : request.samples) total_ += range.rows;
  }

  Result<PackSummary> Run() {
    FW_ASSIGN(PackWriter writer, PackWriter::Create(request_.out, request_.shard_bytes));
    RangeWalk walk(request_.samples);
    for (std::vector<SampleRef> samples = walk.Next(); !samples.empty(); samples = walk.Next()) {
      FW_ASSIGN(std::vector<PackRow> rows, reader_.Read(samples));
      for (size_t i = 0; i < rows.size(); ++i) {
        if (request_.should_stop()) return CancelledError("stopped: nothing was written");
        FW_TRY(Take(pool_->DatasetOf(samples[i]).name, std::move(rows[i]), &writer));
        request_.progress({++done_, total_});
      }
    }
    FW_ASSIGN(summary_.shards, writer.Finish());
    summary_.left_out = reader_.left_out();
    return std::move(summary_);
  }

 private:
  Status Take(const std::string& dataset, PackRow row, PackWriter* writer) {
    if (row.has_image() && row.image.empty() && row.images_root.empty()) {
      return FailedPrecondition(fmt::format(
          "{}: it was imported without a folder of images: expected --images ROOT", dataset));
    }
    if (const std::optional<ImageFinding> finding = LoadImage(&row)) {
      return Refuse(fmt::format("sample '{}' of {}: {}", row.id, dataset, finding->message),
                    finding->problem);
    }
    ++summary_.samples;
    summary_.text_only += row.has_image() ? 0 : 1;
    return writer->Add(std::move(row));
  }

  Status Refuse(std::string message, ImageProblem problem) {
    if (request_.bad_image == BadImage::kRefuse) {
      return FailedPrecondition(
          message + "; --missing drop leaves such samples out, 'flywheel pool check' lists them");
    }
    ++summary_.dropped[problem];
    if (summary_.first_dropped.size() < kMostDroppedKept) {
      summary_.first_dropped.push_back(std::move(message));
    }
    return OkStatus();
  }

  const PackRequest& request_;
  Pool* pool_;
  PackRowReader reader_;
  PackSummary summary_;
  int64_t done_ = 0;
  int64_t total_ = 0;
};

SampleRange AllOf(int32_t dataset, const Pool& pool) {
  return {dataset, 0, pool.manifest().datasets[static_cast<size_t>(dataset)].samples};
}

}  // namespace

std::vector<SampleRange> RangesOf(const Selection& selection) {
  std::vector<SampleRange> ranges;
  for (const SelectedSample& selected : selection.samples) {
    ranges.push_back({selected.sample.dataset, selected.sample.row, 1});
  }
  return ranges;
}

Result<std::vector<SampleRange>> RangesOf(std::string_view dataset, const Pool& pool) {
  std::vector<SampleRange> ranges;
  if (!dataset.empty()) {
    const int32_t index = pool.DatasetIndex(dataset);
    if (index < 0) {
      return NotFound(fmt::format("the pool {} has no data set '{}'", pool.folder(), dataset));
    }
    return std::vector<SampleRange>{AllOf(index, pool)};
  }
  for (size_t i = 0; i < pool.manifest().datasets.size(); ++i) {
    ranges.push_back(AllOf(static_cast<int32_t>(i), pool));
  }
  return ranges;
}

Result<PackSummary> PackSamples(const PackRequest& request, Pool* pool) {
  return Packing(request, pool).Run();
}

}  // namespace flywheel

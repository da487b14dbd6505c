// Copies samples of a pool and their images into Parquet shards that need nothing else, for moving
// data to where it trains: the columns of LLaVA-NeXT-Data (id, conversations, data_source, image
// {bytes, path}), so that what reads that reads these. Equal requests give equal bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/images/image_files.h"
#include "pool/index/pool.h"
#include "pool/select/selection.h"

namespace flywheel {

// Samples of a data set that follow each other.
struct SampleRange {
  int32_t dataset = 0;  // in the manifest
  uint32_t first = 0;
  int64_t rows = 0;

  bool operator==(const SampleRange&) const = default;
};

// In the order of the selection; all samples of a data set; of all data sets, by name.
std::vector<SampleRange> RangesOf(const Selection& selection);
// NOT_FOUND names the data set; "": all.
Result<std::vector<SampleRange>> RangesOf(std::string_view dataset, const Pool& pool);

// What becomes of a sample whose image is missing or is none.
enum class BadImage {
  kRefuse,  // nothing is written
  kDrop,    // the sample is left out, and counted
};

struct PackProgress {
  int64_t samples = 0;
  int64_t total = 0;
};

struct PackRequest {
  std::vector<SampleRange> samples;
  std::string images_root;                   // empty: the one that each data set was imported with
  std::string out;                           // a folder that is not there yet, or is empty
  int64_t shard_bytes = int64_t{256} << 20;  // of texts and images, before compression
  BadImage bad_image = BadImage::kRefuse;
  std::function<void(const PackProgress&)> progress = [](const PackProgress&) {};
  std::function<bool()> should_stop = [] { return false; };
};

struct PackedShard {
  std::string name;  // "train-00000-of-00003.parquet"
  int64_t samples = 0;
  int64_t bytes = 0;  // of the file

  bool operator==(const PackedShard&) const = default;
};

struct PackSummary {
  std::vector<PackedShard> shards;
  int64_t samples = 0;
  int64_t text_only = 0;                    // of them
  std::map<ImageProblem, int64_t> dropped;  // samples
  std::vector<std::string> first_dropped;   // messages, kMostDroppedKept of them
  // Members of records that the columns have no place for, and in how many records they were.
  std::map<std::string, int64_t> left_out;
};

inline constexpr size_t kMostDroppedKept = 20;

// FAILED_PRECONDITION names sample and file of an image that is refused, a source that has changed
// or a request that leaves nothing; ALREADY_EXISTS when something is in `out`; CANCELLED when it
// was asked to stop. After a failure nothing is left behind. Memory: some shards' worth.
Result<PackSummary> PackSamples(const PackRequest& request, Pool* pool);

}  // namespace flywheel

// Samples of a pool into files that trainers and others read. Records that need no change come as
// they stand in their sources. Memory: a batch of records, whatever the number of samples.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/boxes/boxes.h"
#include "pool/dataoptim/catalogue.h"
#include "pool/export/export_images.h"
#include "pool/export/mixture.h"
#include "pool/index/pool.h"

namespace flywheel {

enum class ExportFormat {
  kLlava,      // a JSON array, what LLaVA's trainer loads
  kLines,      // JSON lines of the same records
  kParquet,    // a folder of Parquet files: id, image, conversations, other
  kEngine,     // MLLM-DataEngine's JSON lines
  kIds,        // "dataset:id#n" lines where an id repeats, else ids: DataOptim's list
  kDataOptim,  // the bytes of DataOptim's own script: json.dump(..., indent=4)
};

// What becomes of samples whose image is missing or broken.
enum class BadImages { kKeep, kRefuse, kDrop };

struct ExportRequest {
  ExportFormat format = ExportFormat::kLlava;
  std::string out;
  std::vector<SampleRef> samples;
  std::optional<BoxSpace> boxes;  // convert to this space; empty: leave boxes as they are
  std::string images_root;        // empty: what each data set was imported with
  ImageTransfer images = ImageTransfer::kNone;
  std::string images_out;
  BadImages bad_images = BadImages::kKeep;
  std::string base;  // a LLaVA file that goes before the samples; empty: none
  Mixture mixture;   // of base and samples
  std::function<void(int64_t done)> progress = [](int64_t) {};
};

struct ExportSummary {
  int64_t written = 0;
  int64_t from_base = 0;
  int64_t boxes = 0;                        // converted
  std::map<std::string, int64_t> left_out;  // by reason
  ImageCounts images;
};

// Nothing is at `out` unless all went well; images that were put in place stay.
Result<ExportSummary> Export(const ExportRequest& request, const Catalogue& catalogue, Pool* pool);

}  // namespace flywheel

// What is wrong with the images of a pool, one row for each image, as a file for other programs:
// JSON lines or Parquet, as its name says. Under a temporary name until it is finished. Looks at no
// image itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/images/image_files.h"

namespace flywheel {

struct PoolImageFinding {
  std::string image;  // as the samples name it
  ImageProblem problem = ImageProblem::kMissing;
  std::string message;                // names the file
  std::vector<std::string> datasets;  // that name the image
  int64_t samples = 0;                // of these data sets, that name it
};

// Members and columns: image, problem, message, datasets (a list), samples.
class ImageReportWriter {
 public:
  virtual ~ImageReportWriter() = default;

  // INVALID_ARGUMENT for a name that ends neither in .jsonl nor in .parquet.
  static Result<std::unique_ptr<ImageReportWriter>> Create(const std::string& path);

  virtual Status Add(const PoolImageFinding& finding) = 0;
  // Durable, by rename. Once, at the end.
  virtual Status Finish() = 0;
};

// Where a query of DuckDB's that needs more than its memory spills: a folder that DuckDB makes when
// it needs it and removes. One for each purpose.
std::string SpillFolder(std::string_view purpose);

}  // namespace flywheel

// Every image that a pool's samples name, looked at once as trainers will open it: whether it is
// there, decodes, is what its name says and lies below the folder of images. Memory does not grow
// with the pool. Changes nothing. Those of Parquet files are counted, not looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/index/image_report.h"
#include "pool/index/pool.h"

namespace flywheel {

struct ImageCheckProgress {
  int64_t images = 0;  // looked at
  int64_t total = 0;
};

struct ImageCheckOptions {
  std::string dataset;      // empty: all
  std::string images_root;  // empty: the one that each data set was imported with
  std::string report;       // a file for all findings, .jsonl or .parquet; empty: none
  size_t most_kept = 20;    // findings in the answer itself
  int threads = 2;
  std::function<void(const ImageCheckProgress&)> progress = [](const ImageCheckProgress&) {};
  std::function<bool()> should_stop = [] { return false; };
};

using ProblemCounts = std::map<ImageProblem, int64_t>;

// An image of several data sets counts in each of them.
struct DatasetImages {
  std::string name;
  int64_t images = 0;
  ProblemCounts problems;

  bool operator==(const DatasetImages&) const = default;
};

// The first folder of images' names, where the folder itself is not there.
struct MissingFolder {
  std::string path;
  int64_t images = 0;
  std::string message;  // of its first image: has a hint where the name is a known misspelling
};

struct ImageCheckReport {
  int64_t images = 0;  // different ones
  ProblemCounts problems;
  std::vector<DatasetImages> datasets;          // by name, those that have images
  std::vector<PoolImageFinding> findings;       // the first, by root and name
  std::vector<MissingFolder> missing_folders;   // the first kMostMissingFolders
  std::map<std::string, int64_t> inside_files;  // samples with images in Parquet files, by data set
  // Records that the import rejected as their images lead out of the root, by data set.
  std::map<std::string, int64_t> rejected_paths;

  // Whether a finding ends a training run that meets it: all but a wrong extension.
  bool StopsTraining() const;
};

inline constexpr size_t kMostMissingFolders = 100;

bool StopsTraining(ImageProblem problem);

// NOT_FOUND for an unknown data set or folder of images; FAILED_PRECONDITION where a data set has
// images and no folder of them is known; CANCELLED when it was asked to stop: there is no report
// then.
Result<ImageCheckReport> CheckPoolImages(const ImageCheckOptions& options, const Pool& pool);

}  // namespace flywheel

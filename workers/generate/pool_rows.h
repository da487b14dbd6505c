// One sample of a pool as a training row, or why it cannot be one: its image is missing, or the
// benchmark has it. Does not choose samples.
#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "pool/index/pool_manifest.h"
#include "pool/select/selection_file.h"
#include "workers/generate/pool_source.h"

namespace flywheel {

struct PoolRowPlace {
  std::string id_prefix;    // of rows
  std::string images_root;  // of all data sets; empty: what each was imported with
  std::string image_root;   // what rows' images are relative to
};

struct JudgedRow {
  std::string problem;  // "image is missing", ...; empty: the sample is good
  PoolSample sample;    // without type and why
};

class PoolRowMaker {
 public:
  // The exclusions must outlive it.
  PoolRowMaker(PoolRowPlace place, const PoolExclusions& exclusions);

  // INVALID_ARGUMENT when the data set's images are in no known folder, or not below image_root.
  // Takes the record's text.
  Result<JudgedRow> Make(const PoolDataset& dataset, SelectedRecord* record);

 private:
  struct Folder {
    std::string root;    // of the data set's images
    std::string prefix;  // of image_root, "." where they are the same
  };

  Result<const Folder*> FolderOf(const PoolDataset& dataset);
  Result<std::string> ProblemOfImage(const Folder& folder, const LlavaRow& row) const;
  bool AsksBenchmark(const LlavaRow& row) const;

  PoolRowPlace place_;
  const PoolExclusions& exclusions_;
  std::map<std::string, Folder> folders_;  // by data set
};

// Content hashes of the rows among these that were made so. INVALID_ARGUMENT names a row whose
// member "pool" is damaged.
Result<std::unordered_set<uint64_t>> PoolContentOf(const std::vector<LlavaRow>& rows);

}  // namespace flywheel

// pool.json: which data sets a pool holds in its present generation, from which files they came and
// which files of the pool hold their index. Replaced as a whole, so that a reader sees one
// generation.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/formats/sample_format.h"

namespace flywheel {

// A data file as it was when it was imported. A file that is no longer so is refused.
struct PoolFile {
  std::string path;        // absolute
  int64_t size = 0;        // bytes
  int64_t changed_ns = 0;  // time of its last change, since the epoch
  std::string sha256;
  int64_t records = 0;  // accepted and rejected

  bool operator==(const PoolFile&) const = default;
};

// Rows of a data set that follow each other: one Parquet file.
struct PoolPart {
  std::string columns;  // relative to the pool
  std::string rejects;  // relative to the pool; empty: none
  int64_t rows = 0;

  bool operator==(const PoolPart&) const = default;
};

struct PoolDataset {
  std::string name;
  std::string category;  // "unknown" where the catalogue does not know the data set
  SampleFormat format = SampleFormat::kLlava;
  std::string folder;       // relative to the pool; index.bin lies there
  std::string images_root;  // empty: not known
  std::vector<PoolFile> files;
  std::vector<PoolPart> parts;
  int64_t samples = 0;
  int64_t text_only = 0;
  int64_t repeated_ids = 0;  // samples whose id an earlier sample of the data set has, too
  std::map<std::string, int64_t> rejected;  // by reason
  std::string tagger;                       // version that set the question types; empty: none has
  std::string signatures;                   // version that set the signatures; empty: none has

  bool operator==(const PoolDataset&) const = default;
};

struct PoolManifest {
  int64_t generation = 0;
  std::vector<PoolDataset> datasets;  // by name

  const PoolDataset* Find(std::string_view name) const;
  int64_t samples() const;
  bool operator==(const PoolManifest&) const = default;
};

inline constexpr std::string_view kPoolManifest = "pool.json";
inline constexpr std::string_view kPoolIndex = "index.bin";

// NOT_FOUND says how to make a pool; FAILED_PRECONDITION for a newer version; DATA_LOSS names the
// member that is missing or of the wrong type.
Result<PoolManifest> ReadPoolManifest(const std::string& pool);
Status WritePoolManifest(const std::string& pool, const PoolManifest& manifest);

}  // namespace flywheel

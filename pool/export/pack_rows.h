// The rows of a pack: samples of a pool with all that a shard holds of them, whatever format they
// come from. Image files are read one by one; images inside of Parquet files come with their rows.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/images/image_files.h"
#include "pool/index/pool.h"

namespace flywheel {

struct PackRow {
  std::string id;
  std::string conversations;  // JSON: [{"from":"human","value":"..."},...]
  std::string data_source;    // the record's own, or else the data set
  std::string image_path;     // as the sample names it; may be empty when the bytes are there
  std::string image;          // bytes
  std::string images_root;    // that image_path is below

  bool has_image() const { return !image_path.empty() || !image.empty(); }
  int64_t bytes() const;
};

class PackRowReader {
 public:
  // `images_root`: empty: the one that each data set was imported with.
  PackRowReader(std::string images_root, Pool* pool);
  PackRowReader(PackRowReader&&) noexcept;
  ~PackRowReader();

  // In the order asked for, images that are files not read yet. Memory: all of them.
  Result<std::vector<PackRow>> Read(std::span<const SampleRef> samples);

  // Members of records that a PackRow has no place for, and in how many records they were.
  const std::map<std::string, int64_t>& left_out() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Reads the row's image where it is a file. What is missing or is no image by its first bytes is
// found out here; whether it decodes is for `pool check` to say.
std::optional<ImageFinding> LoadImage(PackRow* row);

}  // namespace flywheel

// The safetensors format: an 8-byte little-endian header length, a JSON header that says type,
// shape and place of each tensor, then the bytes. Reading maps the file and trusts nothing; writing
// sorts by name, so that equal tensors give equal files. Numbers are converted to and from float32.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel::llava {

enum class TensorType { kF32, kF16, kBF16 };

// "F32", "F16", "BF16".
std::string_view TensorTypeName(TensorType type);
int64_t BytesOf(TensorType type);

struct TensorEntry {
  TensorType type = TensorType::kF32;
  std::vector<int64_t> shape;
  int64_t begin = 0;  // in the data part
  int64_t end = 0;
};

class SafetensorsFile {
 public:
  // INVALID_ARGUMENT names the file, the tensor and what is wrong: a header that is cut off or no
  // JSON, an unknown type, a size that does not fit the shape, places that overlap, leave gaps or
  // lie outside.
  static Result<SafetensorsFile> Open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::map<std::string, TensorEntry, std::less<>>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  // Copies a tensor as float32. INVALID_ARGUMENT when it is missing, has another shape, or holds a
  // value that is not finite.
  Status ReadFloats(std::string_view name, const std::vector<int64_t>& shape,
                    std::span<float> out) const;

 private:
  struct Mapping;
  Status ParseHeader(std::string_view header, int64_t data_size);
  Status CheckPlaces(int64_t data_size) const;

  std::string path_;
  std::shared_ptr<const Mapping> mapping_;
  const uint8_t* data_ = nullptr;
  std::map<std::string, TensorEntry, std::less<>> tensors_;
  std::map<std::string, std::string> metadata_;
};

class SafetensorsWriter {
 public:
  // `values` must live until Write. Names are unique.
  void Add(std::string name, TensorType type, std::vector<int64_t> shape,
           std::span<const float> values);
  void SetMetadata(std::string key, std::string value) {
    metadata_[std::move(key)] = std::move(value);
  }
  // Atomic: a reader sees the old file or the new one.
  Status Write(const std::string& path) const;

 private:
  struct Pending {
    TensorType type;
    std::vector<int64_t> shape;
    std::span<const float> values;
  };
  std::map<std::string, Pending> pending_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace flywheel::llava

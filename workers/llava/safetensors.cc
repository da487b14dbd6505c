#include "workers/llava/safetensors.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel::llava {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

constexpr int64_t kLengthBytes = 8;
// The format's own bound.
constexpr int64_t kMaxHeader = 100'000'000;
constexpr int kAlignment = 8;

Result<TensorType> ParseType(const std::string& name) {
  for (TensorType type : {TensorType::kF32, TensorType::kF16, TensorType::kBF16}) {
    if (name == TensorTypeName(type)) return type;
  }
  return InvalidArgument(fmt::format("has type {}, expected F32, F16 or BF16", name));
}

float Decode(TensorType type, const uint8_t* at) {
  if (type == TensorType::kF32) {
    float value;
    std::memcpy(&value, at, sizeof(value));
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, at, sizeof(bits));
  if (type == TensorType::kF16) return c10::Half(bits, c10::Half::from_bits());
  return c10::BFloat16(bits, c10::BFloat16::from_bits());
}

void Encode(TensorType type, float value, std::string* out) {
  if (type == TensorType::kF32) {
    out->append(reinterpret_cast<const char*>(&value), sizeof(value));
    return;
  }
  const uint16_t bits = type == TensorType::kF16 ? c10::Half(value).x : c10::BFloat16(value).x;
  out->append(reinterpret_cast<const char*>(&bits), sizeof(bits));
}

// The bytes that a shape needs, or -1 where that is no number.
int64_t BytesOfShape(TensorType type, const std::vector<int64_t>& shape) {
  int64_t count = BytesOf(type);
  for (int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return -1;
  }
  return count;
}

Result<TensorEntry> ParseEntry(const nlohmann::json& value, const std::string& where) {
  JsonObjectReader reader(value, where);
  std::string type;
  nlohmann::json shape;
  nlohmann::json offsets;
  reader.Required("dtype", &type);
  reader.Required("shape", &shape);
  reader.Required("data_offsets", &offsets);
  FW_TRY(reader.Finish());
  TensorEntry entry;
  const Result<TensorType> parsed = ParseType(type);
  if (!parsed.ok()) return InvalidArgument(fmt::format("{} {}", where, parsed.status().message()));
  entry.type = *parsed;
  const auto all_numbers = [](const nlohmann::json& list) {
    return list.is_array() && std::all_of(list.begin(), list.end(), [](const auto& n) {
             return n.is_number_unsigned() && n.template get<uint64_t>() <= INT64_MAX;
           });
  };
  if (!all_numbers(shape)) {
    return InvalidArgument(fmt::format("{}.shape: expected a list of sizes", where));
  }
  if (!all_numbers(offsets) || offsets.size() != 2) {
    return InvalidArgument(fmt::format("{}.data_offsets: expected begin and end", where));
  }
  entry.shape = shape.get<std::vector<int64_t>>();
  entry.begin = offsets[0].get<int64_t>();
  entry.end = offsets[1].get<int64_t>();
  const int64_t needed = BytesOfShape(entry.type, entry.shape);
  if (entry.end < entry.begin || needed != entry.end - entry.begin) {
    return InvalidArgument(fmt::format("{} takes bytes {} to {}, but {} [{}] needs {}", where,
                                       entry.begin, entry.end, type, fmt::join(entry.shape, ", "),
                                       needed));
  }
  return entry;
}

}  // namespace

std::string_view TensorTypeName(TensorType type) {
  switch (type) {
    case TensorType::kF32:
      return "F32";
    case TensorType::kF16:
      return "F16";
    case TensorType::kBF16:
      return "BF16";
  }
  return "?";
}

int64_t BytesOf(TensorType type) { return type == TensorType::kF32 ? 4 : 2; }

struct SafetensorsFile::Mapping {
  Mapping(void* mapped, size_t bytes) : address(mapped), size(bytes) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { munmap(address, size); }

  void* address;
  size_t size;
};

Result<SafetensorsFile> SafetensorsFile::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return ErrnoStatus(errno, "open", path);
  struct stat info = {};
  if (fstat(descriptor, &info) != 0) {
    const Status status = ErrnoStatus(errno, "stat", path);
    close(descriptor);
    return status;
  }
  const int64_t size = info.st_size;
  if (size < kLengthBytes) {
    close(descriptor);
    return InvalidArgument(fmt::format("{}: {} bytes, too short for safetensors", path, size));
  }
  void* address = mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int error = errno;
  close(descriptor);
  if (address == MAP_FAILED) return ErrnoStatus(error, "map", path);
  SafetensorsFile file;
  file.path_ = path;
  file.mapping_ = std::make_shared<const Mapping>(address, static_cast<size_t>(size));
  const auto* bytes = static_cast<const uint8_t*>(address);
  uint64_t header = 0;
  std::memcpy(&header, bytes, sizeof(header));
  if (header > static_cast<uint64_t>(std::min(kMaxHeader, size - kLengthBytes))) {
    return InvalidArgument(
        fmt::format("{}: the header claims {} bytes, but the file has {}", path, header, size));
  }
  const auto header_size = static_cast<int64_t>(header);
  file.data_ = bytes + kLengthBytes + header_size;
  FW_TRY(file.ParseHeader({reinterpret_cast<const char*>(bytes) + kLengthBytes, header},
                          size - kLengthBytes - header_size));
  return file;
}

Status SafetensorsFile::ParseHeader(std::string_view header, int64_t data_size) {
  FW_ASSIGN(const nlohmann::json json, ParseJson(header, path_));
  if (!json.is_object()) {
    return InvalidArgument(fmt::format("{}: the header is no JSON object", path_));
  }
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") {
      if (!value.is_object()) {
        return InvalidArgument(fmt::format("{}: __metadata__ is no JSON object", path_));
      }
      for (const auto& [key, text] : value.items()) {
        if (text.is_string()) metadata_[key] = text.get<std::string>();
      }
      continue;
    }
    FW_ASSIGN(tensors_[name], ParseEntry(value, fmt::format("{}: tensor \"{}\"", path_, name)));
  }
  return CheckPlaces(data_size);
}

Status SafetensorsFile::CheckPlaces(int64_t data_size) const {
  std::vector<std::pair<int64_t, std::string_view>> order;
  for (const auto& [name, tensor] : tensors_) order.emplace_back(tensor.begin, name);
  std::sort(order.begin(), order.end());
  int64_t expected = 0;
  for (const auto& [begin, name] : order) {
    if (begin != expected) {
      return InvalidArgument(fmt::format(
          "{}: tensor \"{}\" begins at byte {}, expected {} (tensors must follow one another)",
          path_, name, begin, expected));
    }
    expected = tensors_.find(name)->second.end;
  }
  if (expected != data_size) {
    return InvalidArgument(
        fmt::format("{}: {} bytes of data, but the tensors take {}", path_, data_size, expected));
  }
  return OkStatus();
}

Status SafetensorsFile::ReadFloats(std::string_view name, const std::vector<int64_t>& shape,
                                   std::span<float> out) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    return InvalidArgument(fmt::format("{}: tensor \"{}\" is missing", path_, name));
  }
  const TensorEntry& entry = found->second;
  if (entry.shape != shape) {
    return InvalidArgument(fmt::format("{}: tensor \"{}\" has shape [{}], expected [{}]", path_,
                                       name, fmt::join(entry.shape, ", "), fmt::join(shape, ", ")));
  }
  const int64_t width = BytesOf(entry.type);
  const uint8_t* at = data_ + entry.begin;
  for (size_t i = 0; i < out.size(); ++i, at += width) {
    out[i] = Decode(entry.type, at);
    if (!std::isfinite(out[i])) {
      return InvalidArgument(
          fmt::format("{}: tensor \"{}\" holds {} at {}", path_, name, out[i], i));
    }
  }
  return OkStatus();
}

void SafetensorsWriter::Add(std::string name, TensorType type, std::vector<int64_t> shape,
                            std::span<const float> values) {
  FW_CHECK(BytesOfShape(type, shape) == BytesOf(type) * static_cast<int64_t>(values.size()),
           "values fill the shape");
  const bool fresh =
      pending_.emplace(std::move(name), Pending{type, std::move(shape), values}).second;
  FW_CHECK(fresh, "tensor names are unique");
}

Status SafetensorsWriter::Write(const std::string& path) const {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata_.empty()) header["__metadata__"] = metadata_;
  int64_t offset = 0;
  for (const auto& [name, tensor] : pending_) {
    const int64_t bytes = BytesOfShape(tensor.type, tensor.shape);
    header[name] = {{"dtype", TensorTypeName(tensor.type)},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  while (text.size() % kAlignment != 0) text += ' ';
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes += text;
  bytes.reserve(bytes.size() + static_cast<size_t>(offset));
  for (const auto& [name, tensor] : pending_) {
    for (float value : tensor.values) Encode(tensor.type, value, &bytes);
  }
  return WriteFileAtomic(path, bytes);
}

}  // namespace flywheel::llava

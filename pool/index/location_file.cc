#include "pool/index/location_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/io/file_descriptor.h"
#include "base/io/files.h"
#include "pool/index/location_layout.h"

namespace flywheel {
namespace {

Status CheckHeader(const LocationHeader& header, size_t size) {
  if (std::memcmp(header.magic, kLocationMagic.data(), sizeof(header.magic)) != 0) {
    return DataLoss("is not an index of a pool");
  }
  if (header.version != kLocationVersion) {
    return FailedPrecondition(
        fmt::format("has version {}, this program reads version {}; import "
                    "the data set again",
                    header.version, kLocationVersion));
  }
  if (header.checksum != ChecksumOf(header)) return DataLoss("has a damaged header");
  if (header.rows >= kMostRows || LocationFileSize(header.rows) != size) {
    return DataLoss(fmt::format("is {} bytes long, expected {} for {} samples", size,
                                LocationFileSize(header.rows), header.rows));
  }
  return OkStatus();
}

}  // namespace

LocationFile::LocationFile(LocationFile&& other) noexcept { *this = std::move(other); }

LocationFile& LocationFile::operator=(LocationFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(mapped_, other.mapped_);
  std::swap(size_, other.size_);
  std::swap(places_, other.places_);
  std::swap(lengths_, other.lengths_);
  std::swap(hashes_, other.hashes_);
  std::swap(rows_, other.rows_);
  return *this;
}

LocationFile::~LocationFile() {
  if (bytes_ != nullptr) ::munmap(const_cast<char*>(bytes_), mapped_);
}

Result<LocationFile> LocationFile::Open(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus(errno, "open", path);
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus(errno, "stat", path);
  const auto size = static_cast<size_t>(info.st_size);
  if (size < sizeof(LocationHeader)) {
    return DataLoss(fmt::format("{}: is {} bytes long, expected at least a header of {}", path,
                                size, sizeof(LocationHeader)));
  }
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (bytes == MAP_FAILED) return ErrnoStatus(errno, "map", path);
  LocationFile mapped;
  mapped.bytes_ = static_cast<const char*>(bytes);
  mapped.mapped_ = size;
  LocationHeader header;
  std::memcpy(&header, bytes, sizeof(header));
  FW_TRY(CheckHeader(header, size).WithContext(path));
  const auto rows = static_cast<size_t>(header.rows);
  mapped.size_ = static_cast<int64_t>(rows);
  const char* at = mapped.bytes_ + sizeof(LocationHeader);
  mapped.places_ = reinterpret_cast<const uint64_t*>(at);
  at += LocationSection(rows, 8);
  mapped.lengths_ = reinterpret_cast<const uint32_t*>(at);
  at += LocationSection(rows, 4);
  mapped.hashes_ = reinterpret_cast<const uint64_t*>(at);
  at += LocationSection(rows, 8);
  mapped.rows_ = reinterpret_cast<const uint32_t*>(at);
  return mapped;
}

SampleLocation LocationFile::At(int64_t row) const {
  FW_CHECK(row >= 0 && row < size_, "a row of this data set");
  const uint64_t place = places_[row];
  return {static_cast<int32_t>(place >> kLocationFileShift),
          static_cast<int64_t>(place & (static_cast<uint64_t>(kMostBytesOfFile) - 1)),
          lengths_[row]};
}

// Hashes are even over 64 bits, so that a look-up begins near its place: interpolation search, a
// few pages of the file where a binary search touches twenty.
std::span<const uint32_t> LocationFile::RowsOf(uint64_t id_hash) const {
  int64_t low = 0;
  int64_t high = size_;
  const auto guess = static_cast<int64_t>(RangeOfHash(id_hash, static_cast<uint64_t>(size_)));
  for (int64_t step = 64; step < size_; step *= 8) {
    const int64_t below = std::max(guess - step, int64_t{0});
    const int64_t above = std::min(guess + step, size_);
    const bool begins_before = below == 0 || hashes_[below - 1] < id_hash;
    const bool ends_behind = above == size_ || hashes_[above] > id_hash;
    if (!begins_before || !ends_behind) continue;
    low = below;
    high = above;
    break;
  }
  const auto found = std::equal_range(hashes_ + low, hashes_ + high, id_hash);
  return {rows_ + (found.first - hashes_), static_cast<size_t>(found.second - found.first)};
}

}  // namespace flywheel

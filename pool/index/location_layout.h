// The bytes of a location file, little-endian: a header of 64 bytes, then n of each: uint64 place
// (file number << 48 | byte offset; for Parquet the row), uint32 length (0 for Parquet), and sorted
// by hash, then row: uint64 XXH3 of the id, uint32 row. Sections are padded to 8 bytes.
#pragma once

#include <xxhash.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace flywheel {

static_assert(std::endian::native == std::endian::little, "the file is mapped as it is");

inline constexpr uint32_t kLocationVersion = 1;
inline constexpr std::string_view kLocationMagic = "FWPOOLIX";
inline constexpr int kLocationFileShift = 48;

struct LocationHeader {
  char magic[8];  // NOLINT(modernize-avoid-c-arrays)
  uint32_t version;
  uint32_t zero;
  uint64_t rows;
  uint64_t checksum;     // XXH3 of the header with this member zero
  uint64_t reserved[4];  // NOLINT(modernize-avoid-c-arrays)
};
static_assert(sizeof(LocationHeader) == 64);

inline uint64_t ChecksumOf(LocationHeader header) {
  header.checksum = 0;
  return XXH3_64bits(&header, sizeof(header));
}

inline LocationHeader LocationHeaderOf(int64_t rows) {
  LocationHeader header = {};
  std::memcpy(header.magic, kLocationMagic.data(), sizeof(header.magic));
  header.version = kLocationVersion;
  header.rows = static_cast<uint64_t>(rows);
  header.checksum = ChecksumOf(header);
  return header;
}

// Bytes of n values, padded so that the next section is aligned.
constexpr size_t LocationSection(size_t rows, size_t bytes) { return (rows * bytes + 7) / 8 * 8; }

constexpr size_t LocationFileSize(size_t rows) {
  return sizeof(LocationHeader) + 2 * LocationSection(rows, 8) + 2 * LocationSection(rows, 4);
}

// Where a hash that is even over 64 bits falls among `ranges` equal ranges: hash * ranges / 2^64.
inline uint64_t RangeOfHash(uint64_t hash, uint64_t ranges) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(static_cast<Wide>(hash) * ranges >> 64);
}

}  // namespace flywheel

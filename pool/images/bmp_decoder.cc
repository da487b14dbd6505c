// BMP without a library: stored pixels need no decoding, only to be there, and run lengths are two
// bytes each. The libraries at hand take a file that ends early for a black one, or refuse run
// lengths. Source: "Bitmap Storage" and "Bitmap Compression" in Microsoft's documentation of GDI.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>

#include "pool/images/image_decoders.h"

namespace flywheel {
namespace {

constexpr size_t kFileHeader = 14;
constexpr uint32_t kCoreHeader = 12;  // the oldest, with sides of 16 bits
// Of Windows 3, 3 with masks, 3 with four masks, OS/2 2, Windows 4 and 5: those that PIL reads.
constexpr uint32_t kInfoHeaders[] = {40, 52, 56, 64, 108, 124};

enum class BmpCompression : uint32_t { kNone = 0, kRuns8 = 1, kRuns4 = 2, kBitFields = 3 };

struct BmpHeader {
  size_t pixels_at = 0;
  int64_t width = 0;
  int64_t height = 0;
  int bits = 0;  // a pixel
  BmpCompression compression = BmpCompression::kNone;
};

uint32_t LittleEndian(std::string_view bytes, size_t at, size_t count) {
  uint32_t number = 0;
  for (size_t i = count; i-- > 0;) {
    number = number << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  return number;
}

bool BitsFit(const BmpHeader& header) {
  switch (header.compression) {
    case BmpCompression::kRuns8:
      return header.bits == 8;
    case BmpCompression::kRuns4:
      return header.bits == 4;
    case BmpCompression::kBitFields:
      return header.bits == 16 || header.bits == 32;
    case BmpCompression::kNone:
      return header.bits == 1 || header.bits == 4 || header.bits == 8 || header.bits == 16 ||
             header.bits == 24 || header.bits == 32;
  }
  return false;  // whole JPEG and PNG files, which only printers take
}

// Nothing for a header that no image has. The bytes must hold it.
std::optional<BmpHeader> ReadHeader(std::string_view bytes) {
  BmpHeader header;
  header.pixels_at = LittleEndian(bytes, 10, 4);
  const uint32_t length = LittleEndian(bytes, kFileHeader, 4);
  if (length == kCoreHeader) {
    header.width = LittleEndian(bytes, 18, 2);
    header.height = LittleEndian(bytes, 20, 2);
    header.bits = static_cast<int>(LittleEndian(bytes, 24, 2));
  } else {
    header.width = static_cast<int32_t>(LittleEndian(bytes, 18, 4));
    // Negative when the rows are stored from the top.
    header.height = std::abs(int64_t{static_cast<int32_t>(LittleEndian(bytes, 22, 4))});
    header.bits = static_cast<int>(LittleEndian(bytes, 28, 2));
    header.compression = static_cast<BmpCompression>(LittleEndian(bytes, 30, 4));
  }
  const bool fits = header.width > 0 && header.height > 0 && header.height <= INT32_MAX &&
                    header.pixels_at >= kFileHeader + length && BitsFit(header);
  return fits ? std::optional(header) : std::nullopt;
}

// Rows are padded to 4 bytes. The padding of the last one is nothing to miss.
ImageFlaw FlawOfRows(const BmpHeader& header, std::string_view bytes) {
  const int64_t row_bits = header.width * header.bits;
  const int64_t all_but_one = (row_bits + 31) / 32 * 4 * (header.height - 1);
  const int64_t needed = static_cast<int64_t>(header.pixels_at) + all_but_one + (row_bits + 7) / 8;
  return static_cast<int64_t>(bytes.size()) < needed ? ImageFlaw::kCutShort : ImageFlaw::kNone;
}

// Pairs of bytes: a count and what to repeat; or 0 and 0: end of row, 1: end of image, 2: a step
// right and on by the next two bytes, n: n pixels as they are, padded to 2 bytes.
ImageFlaw FlawOfRuns(const BmpHeader& header, std::string_view bytes) {
  int64_t x = 0;
  int64_t y = 0;
  size_t at = header.pixels_at;
  while (at + 2 <= bytes.size()) {
    const uint32_t count = LittleEndian(bytes, at, 1);
    const uint32_t value = LittleEndian(bytes, at + 1, 1);
    at += 2;
    if (count == 0 && value == 1) return ImageFlaw::kNone;
    if (count == 0 && value == 0) {
      x = 0;
      ++y;
      continue;
    }
    if (count == 0 && value == 2) {
      if (at + 2 > bytes.size()) return ImageFlaw::kCutShort;
      x += LittleEndian(bytes, at, 1);
      y += LittleEndian(bytes, at + 1, 1);
      at += 2;
    } else if (count == 0) {
      x += value;
      at += (static_cast<size_t>(value) * static_cast<size_t>(header.bits) + 15) / 16 * 2;
    } else {
      x += count;
    }
    if (x > header.width || y >= header.height) return ImageFlaw::kDamaged;
  }
  return ImageFlaw::kCutShort;
}

}  // namespace

DecodedImage DecodeBmp(std::string_view bytes, DecodeDepth depth) {
  if (bytes.size() < kFileHeader + 4) return {{}, ImageFlaw::kCutShort};
  const uint32_t length = LittleEndian(bytes, kFileHeader, 4);
  const bool known =
      length == kCoreHeader || std::ranges::find(kInfoHeaders, length) != std::end(kInfoHeaders);
  if (!known) return {{}, ImageFlaw::kDamaged};
  if (bytes.size() < kFileHeader + length) return {{}, ImageFlaw::kCutShort};
  const std::optional<BmpHeader> header = ReadHeader(bytes);
  if (!header) return {{}, ImageFlaw::kDamaged};
  const ImageSize size{static_cast<int>(header->width), static_cast<int>(header->height)};
  if (IsTooLarge(size)) return {size, ImageFlaw::kTooLarge};
  if (depth == DecodeDepth::kHeader) return {size, ImageFlaw::kNone};
  const bool runs = header->compression == BmpCompression::kRuns8 ||
                    header->compression == BmpCompression::kRuns4;
  return {size, runs ? FlawOfRuns(*header, bytes) : FlawOfRows(*header, bytes)};
}

}  // namespace flywheel

#include "pool/image_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "base/io/files.h"

namespace flywheel {
namespace {

using std::string_view_literals::operator""sv;

// A folder as data names it, and as DataOptim's README once printed it.
struct Misspelling {
  std::string_view right;
  std::string_view wrong;
};
constexpr Misspelling kMisspellings[] = {{"flickr30k", "filckr30k"}};

// ", but ... is there" when the image's first folder is missing under a name that people got wrong.
std::string Hint(const std::string& root, const std::string& image) {
  const std::string folder = image.substr(0, image.find('/'));
  std::error_code ignored;
  for (const auto& [right, wrong] : kMisspellings) {
    for (const auto& [expected, found] : {std::pair{right, wrong}, std::pair{wrong, right}}) {
      if (folder != expected || std::filesystem::exists(root + "/" + folder, ignored)) continue;
      const std::string there = root + "/" + std::string(found);
      if (!std::filesystem::exists(there, ignored)) continue;
      return fmt::format(
          "; there is a folder {} (DataOptim's README once misspelled it): rename it to '{}'",
          there, right);
    }
  }
  return "";
}

uint32_t LittleEndian16(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]) |
         static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + 1])) << 8;
}

// The size of the screen in a GIF's header (GIF89a specification, section 18).
std::optional<ImageSize> GifSize(std::string_view bytes) {
  if (bytes.size() < 13) return std::nullopt;
  const ImageSize size{static_cast<int>(LittleEndian16(bytes, 6)),
                       static_cast<int>(LittleEndian16(bytes, 8))};
  return size.width > 0 && size.height > 0 ? std::optional(size) : std::nullopt;
}

std::optional<ImageSize> DecodedSize(const std::string& bytes) {
  if (bytes.empty()) return std::nullopt;
  try {
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
    const cv::Mat pixels = cv::imdecode(raw, cv::IMREAD_UNCHANGED);
    if (pixels.empty()) return std::nullopt;
    return ImageSize{pixels.cols, pixels.rows};
  } catch (const cv::Exception&) {
    return std::nullopt;
  }
}

std::optional<ImageSize> SizeOf(const std::string& bytes) {
  return ImageFormatOfBytes(bytes) == ImageFormat::kGif ? GifSize(bytes) : DecodedSize(bytes);
}

// What OpenCV does not notice: a JPEG whose scan never ends (the missing rows come out grey), a GIF
// without a trailer. In a scan FF is followed by 00 or a marker, so that FFD9 is always the end.
bool IsCutShort(std::string_view bytes) {
  switch (ImageFormatOfBytes(bytes)) {
    case ImageFormat::kJpeg: {
      const size_t scan = bytes.rfind("\xff\xda"sv);
      return scan == bytes.npos || bytes.find("\xff\xd9"sv, scan) == bytes.npos;
    }
    case ImageFormat::kGif:
      return bytes.find_last_not_of('\0') == bytes.npos ||
             bytes[bytes.find_last_not_of('\0')] != ';';
    default:
      return false;
  }
}

std::string NoImage(const std::string& path, const std::string& bytes) {
  const ImageFormat format = ImageFormatOfBytes(bytes);
  return format == ImageFormat::kUnknown
             ? fmt::format("{}: expected an image (JPEG, PNG, WebP, GIF or BMP), found {}", path,
                           bytes.empty() ? "an empty file" : "other bytes")
             : fmt::format("{}: a damaged {} image: it cannot be decoded", path,
                           ImageFormatName(format));
}

Result<std::string> ReadImageBytes(const std::string& root, const std::string& image,
                                   const std::string& path) {
  Result<std::string> bytes = ReadFile(path);
  if (bytes.status().code() == StatusCode::kNotFound) {
    return NotFound(bytes.status().message() + Hint(root, image));
  }
  return bytes;
}

}  // namespace

std::string_view ImageFormatName(ImageFormat format) {
  static constexpr std::array<std::string_view, 6> kNames = {"unknown", "JPEG", "PNG",
                                                             "WebP",    "GIF",  "BMP"};
  return kNames[static_cast<size_t>(format)];
}

ImageFormat ImageFormatOfBytes(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff"sv)) return ImageFormat::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return ImageFormat::kPng;
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return ImageFormat::kGif;
  if (bytes.starts_with("BM"sv)) return ImageFormat::kBmp;
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) {
    return ImageFormat::kWebp;
  }
  return ImageFormat::kUnknown;
}

ImageFormat ImageFormatOfName(std::string_view name) {
  const size_t dot = name.rfind('.');
  std::string ending(dot == name.npos ? "" : name.substr(dot + 1));
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == "jpg" || ending == "jpeg") return ImageFormat::kJpeg;
  if (ending == "png") return ImageFormat::kPng;
  if (ending == "webp") return ImageFormat::kWebp;
  if (ending == "gif") return ImageFormat::kGif;
  if (ending == "bmp") return ImageFormat::kBmp;
  return ImageFormat::kUnknown;
}

Result<std::string> ImagePath(const std::string& root, const std::string& image) {
  const std::filesystem::path path(image);
  const bool stays =
      !image.empty() && path.is_relative() && image.find('\0') == image.npos &&
      std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (stays) return root + "/" + image;
  return InvalidArgument(
      fmt::format("image '{}': expected a path below the images folder, without '..'", image));
}

Result<ImageSize> ReadImageSize(const std::string& root, const std::string& image) {
  FW_ASSIGN(const std::string path, ImagePath(root, image));
  FW_ASSIGN(const std::string bytes, ReadImageBytes(root, image, path));
  const std::optional<ImageSize> size = SizeOf(bytes);
  if (!size) return InvalidArgument(NoImage(path, bytes));
  return *size;
}

std::string_view ImageProblemName(ImageProblem problem) {
  static constexpr std::array<std::string_view, 5> kNames = {
      "outside_root", "missing", "unreadable", "undecodable", "wrong_extension"};
  return kNames[static_cast<size_t>(problem)];
}

std::optional<ImageFinding> CheckImageFile(const std::string& root, const std::string& image) {
  const Result<std::string> path = ImagePath(root, image);
  if (!path.ok()) return ImageFinding{ImageProblem::kOutsideRoot, path.status().message()};
  const Result<std::string> bytes = ReadImageBytes(root, image, *path);
  if (!bytes.ok()) {
    const bool missing = bytes.status().code() == StatusCode::kNotFound;
    return ImageFinding{missing ? ImageProblem::kMissing : ImageProblem::kUnreadable,
                        bytes.status().message()};
  }
  if (!SizeOf(*bytes)) return ImageFinding{ImageProblem::kUndecodable, NoImage(*path, *bytes)};
  const ImageFormat found = ImageFormatOfBytes(*bytes);
  if (IsCutShort(*bytes)) {
    return ImageFinding{ImageProblem::kUndecodable, fmt::format("{}: a {} image that is cut short",
                                                                *path, ImageFormatName(found))};
  }
  if (const ImageFormat named = ImageFormatOfName(image); named != found) {
    return ImageFinding{ImageProblem::kWrongExtension,
                        fmt::format("{}: the name says {}, the bytes are {}", *path,
                                    ImageFormatName(named), ImageFormatName(found))};
  }
  return std::nullopt;
}

}  // namespace flywheel

#include "pool/images/image_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "base/io/files.h"
#include "pool/images/image_decoders.h"

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

DecodedImage Decode(std::string_view bytes, DecodeDepth depth) {
  switch (ImageFormatOfBytes(bytes)) {
    case ImageFormat::kJpeg:
      return DecodeJpeg(bytes, depth);
    case ImageFormat::kPng:
      return DecodePng(bytes, depth);
    case ImageFormat::kWebp:
      return DecodeWebp(bytes, depth);
    case ImageFormat::kGif:
      return DecodeGif(bytes, depth);
    case ImageFormat::kBmp:
      return DecodeBmp(bytes, depth);
    case ImageFormat::kUnknown:
      break;
  }
  return {{}, ImageFlaw::kDamaged};
}

// OK for an image without a flaw.
Status FlawStatus(const std::string& path, const std::string& bytes, const DecodedImage& image) {
  const ImageFormat format = ImageFormatOfBytes(bytes);
  const std::string_view form = ImageFormatName(format);
  if (format == ImageFormat::kUnknown) {
    return InvalidArgument(
        fmt::format("{}: expected an image (JPEG, PNG, WebP, GIF or BMP), found {}", path,
                    bytes.empty() ? "an empty file" : "other bytes"));
  }
  // What ends before its size may be anything that begins like an image.
  const bool headless = image.flaw == ImageFlaw::kCutShort && image.size == ImageSize{};
  switch (headless ? ImageFlaw::kDamaged : image.flaw) {
    case ImageFlaw::kNone:
      break;
    case ImageFlaw::kDamaged:
      return InvalidArgument(
          fmt::format("{}: a damaged {} image: it cannot be decoded", path, form));
    case ImageFlaw::kCutShort:
      return InvalidArgument(fmt::format("{}: a {} image that is cut short", path, form));
    case ImageFlaw::kTooLarge:
      return InvalidArgument(fmt::format(
          "{}: a {} image of {} x {} pixels, expected at most {} in all: trainers refuse more",
          path, form, image.size.width, image.size.height, kMostPixels));
  }
  return OkStatus();
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
  const DecodedImage found = Decode(bytes, DecodeDepth::kHeader);
  FW_TRY(FlawStatus(path, bytes, found));
  return found.size;
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
  const Status flaw = FlawStatus(*path, *bytes, Decode(*bytes, DecodeDepth::kPixels));
  if (!flaw.ok()) return ImageFinding{ImageProblem::kUndecodable, flaw.message()};
  const ImageFormat found = ImageFormatOfBytes(*bytes);
  if (const ImageFormat named = ImageFormatOfName(image); named != found) {
    return ImageFinding{ImageProblem::kWrongExtension,
                        fmt::format("{}: the name says {}, the bytes are {}", *path,
                                    ImageFormatName(named), ImageFormatName(found))};
  }
  return std::nullopt;
}

}  // namespace flywheel

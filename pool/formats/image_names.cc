#include "pool/formats/image_names.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace flywheel {
namespace {

// What file systems take in one name, and Linux in one path.
constexpr size_t kLongestName = 255;
constexpr size_t kLongestPath = 4095;
// Of a stem that is kept as it is, and of the part of one that a digest follows.
constexpr size_t kLongestStem = 180;
constexpr size_t kLongestPart = 120;

constexpr std::array<std::string_view, 6> kExtensions{".jpg", ".jpeg", ".png",
                                                      ".gif", ".webp", ".bmp"};

bool IsPlain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

std::string Folded(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded;
}

// The id as the stem of a file name; with a digest where the id is not one itself.
std::string StemOf(std::string_view id) {
  std::string stem(id.substr(0, kLongestStem + 1));
  for (char& c : stem) {
    if (!IsPlain(c)) c = '_';
  }
  // A leading dot hides a file, a leading dash makes it an option of programs.
  if (stem.starts_with('.') || stem.starts_with('-')) stem[0] = '_';
  if (stem.empty()) return "_";
  if (stem == id && stem.size() <= kLongestStem) return stem;
  stem.resize(std::min(stem.size(), kLongestPart));
  return fmt::format("{}-{:016x}", stem, XXH3_64bits(id.data(), id.size()));
}

}  // namespace

Status CheckImagePath(std::string_view path) {
  const auto wrong = [path](std::string_view problem) {
    // Only the beginning: the path may be anything of any length.
    return InvalidArgument(fmt::format("'{}' {}", path.substr(0, 200), problem));
  };
  if (path.empty()) return InvalidArgument("expected the path of an image, found none");
  if (path.find('\0') != std::string_view::npos) return InvalidArgument("holds a NUL byte");
  if (path.size() > kLongestPath) return wrong("is longer than 4095 bytes");
  if (path[0] == '/') return wrong("is absolute; expected a path below the image folder");
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    if (name == "..") return wrong("leads out of the image folder");
    if (name.size() > kLongestName) return wrong("has a name longer than 255 bytes");
    begin = end + 1;
  }
  if (path.back() == '/') return wrong("names a folder; expected a file");
  return OkStatus();
}

std::string_view ImageExtension(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff")) return ".jpg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return ".png";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return ".gif";
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return ".webp";
  if (bytes.starts_with("BM")) return ".bmp";
  return "";
}

std::string ImageNames::Take(std::string_view id, std::string_view extension) {
  std::string suffix = Folded(extension);
  if (std::find(kExtensions.begin(), kExtensions.end(), suffix) == kExtensions.end()) {
    suffix = ".jpg";
  }
  const std::string stem = StemOf(id);
  std::string name = stem;
  // A numbered name may be an id itself, so each candidate is looked up; the count of the stem
  // makes the next repetition begin where this one ends.
  const auto digest = [&suffix](const std::string& candidate) {
    const std::string folded = Folded(candidate) + suffix;
    return XXH3_64bits(folded.data(), folded.size());
  };
  const uint64_t base = digest(stem);
  while (!taken_.emplace(digest(name), 0).second) {
    name = fmt::format("{}-{}", stem, ++taken_[base] + 1);
  }
  return name + suffix;
}

}  // namespace flywheel

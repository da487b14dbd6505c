#include "pool/images/image_sizes.h"

#include <fmt/format.h>

#include "base/io/json.h"
#include "pool/formats/json_records.h"
#include "pool/images/image_files.h"

namespace flywheel {
namespace {

// DataOptim has 974,000 images; one takes about 100 bytes.
constexpr size_t kMostRead = 2'000'000;
// JPEG's limit; what is longer is a slip of the pen.
constexpr int kLongestSide = 65'535;

void TakeSide(JsonObjectReader* reader, std::string_view name, int* side) {
  reader->Required(name, side);
  if (*side >= 1 && *side <= kLongestSide) return;
  reader->Fail(name, fmt::format("expected 1 to {} pixels, found {}", kLongestSide, *side));
}

}  // namespace

Status ImageSizes::AddKnown(const std::string& path) {
  return ForEachJsonRecord(path, [this](std::string_view text, int64_t) -> Status {
    FW_ASSIGN(const nlohmann::json value, ParseJson(text, "size"));
    JsonObjectReader reader(value, "size");
    std::string image;
    ImageSize size;
    reader.Required("image", &image);
    TakeSide(&reader, "width", &size.width);
    TakeSide(&reader, "height", &size.height);
    FW_TRY(reader.FinishAllowingUnknown());
    known_[image] = size;
    return OkStatus();
  });
}

Result<ImageSize> ImageSizes::SizeOf(const std::string& image) {
  if (const auto found = known_.find(image); found != known_.end()) return found->second;
  if (const auto found = read_.find(image); found != read_.end()) return found->second;
  if (root_.empty()) {
    return NotFound(fmt::format(
        "image '{}': its size is not among the known ones, and no images folder was given", image));
  }
  FW_ASSIGN(const ImageSize size, ReadImageSize(root_, image));
  ++opened_;
  if (read_.size() >= kMostRead) read_.clear();
  read_.emplace(image, size);
  return size;
}

}  // namespace flywheel

#include "workers/images/image_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "generators/world/renderer.h"

namespace flywheel {
namespace {

// Into `pixels`, which has size x size x 3 bytes.
void Resize(const cv::Mat& rgb, int size, uint8_t* pixels) {
  cv::Mat target(size, size, CV_8UC3, pixels);
  if (rgb.rows == size && rgb.cols == size) {
    rgb.copyTo(target);
  } else {
    cv::resize(rgb, target, target.size(), 0, 0, cv::INTER_AREA);
  }
}

// Centred in a square of its mean colour; the spare row or column goes below or right.
cv::Mat PadToSquare(const cv::Mat& rgb) {
  const int side = std::max(rgb.rows, rgb.cols);
  const int top = (side - rgb.rows) / 2;
  const int left = (side - rgb.cols) / 2;
  cv::Mat square;
  cv::copyMakeBorder(rgb, square, top, side - rgb.rows - top, left, side - rgb.cols - left,
                     cv::BORDER_CONSTANT, cv::mean(rgb));
  return square;
}

// A name must not lead out of the folder: no absolute path, no "..".
bool StaysInside(const std::string& image) {
  const std::filesystem::path path(image);
  return path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

}  // namespace

Result<ImageStore> ImageStore::Open(const ImageStoreOptions& options) {
  if (options.size < 1)
    return InvalidArgument(fmt::format("an image size of {}: expected at least 1", options.size));
  ImageStore store(options);
  for (const std::string& path : options.scenes) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    FW_ASSIGN(std::vector<SceneGraph> scenes, ReadSceneGraphs(path));
    for (size_t i = 0; i < scenes.size(); ++i) {
      if (scenes[i].source != SceneSource::kWorld) continue;  // photographs come from files
      std::string digest = SceneDigest(scenes[i]);
      if (scenes[i].image != SceneImageName(digest)) {
        return InvalidArgument(fmt::format("{}:{}: image: expected \"{}\", found \"{}\"", path,
                                           i + 1, SceneImageName(digest), scenes[i].image));
      }
      store.scenes_.emplace(std::move(digest), std::move(scenes[i]));
    }
  }
  return store;
}

Result<std::vector<uint8_t>> ImageStore::Load(const std::string& image) const {
  std::vector<uint8_t> pixels(static_cast<size_t>(options_.size) *
                              static_cast<size_t>(options_.size) * 3);
  FW_TRY(LoadInto(image, pixels.data()));
  return pixels;
}

Status ImageStore::LoadInto(const std::string& image, uint8_t* pixels) const {
  const std::string_view digest = DigestOfSceneImage(image);
  return digest.empty() ? LoadPhoto(image, pixels) : LoadScene(digest, pixels);
}

Status ImageStore::LoadScene(std::string_view digest, uint8_t* pixels) const {
  const auto found = scenes_.find(std::string(digest));
  if (found == scenes_.end())
    return NotFound(fmt::format("image scene:{}: no line of scenes.jsonl has this digest", digest));
  FW_ASSIGN(world::Pixels rendered, world::Render(found->second));
  const cv::Mat rgb(world::kImageSize, world::kImageSize, CV_8UC3, rendered.data());
  Resize(rgb, options_.size, pixels);
  return OkStatus();
}

Status ImageStore::LoadPhoto(const std::string& image, uint8_t* pixels) const {
  if (options_.image_root.empty()) {
    return NotFound(
        fmt::format("image {}: it is no rendered scene, and there is no image_root", image));
  }
  if (!StaysInside(image))
    return InvalidArgument(fmt::format("image {}: leads out of {}", image, options_.image_root));
  const std::string path = (std::filesystem::path(options_.image_root) / image).string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return NotFound(fmt::format("image {}: there is no such file", path));
  try {
    const cv::Mat bgr = cv::imread(path, cv::IMREAD_COLOR);
    if (bgr.empty())
      return InvalidArgument(
          fmt::format("image {}: cannot be decoded; expected a JPEG, PNG or other picture", path));
    cv::Mat rgb;
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    Resize(PadToSquare(rgb), options_.size, pixels);
  } catch (const cv::Exception& failure) {
    return InvalidArgument(fmt::format("image {}: {}", path, failure.what()));
  }
  return OkStatus();
}

}  // namespace flywheel

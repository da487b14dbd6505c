#include "workers/llava/features.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/check.h"
#include "workers/llava/model_parts.h"
#include "workers/llava/pixels.h"
#include "workers/llava/replica_threads.h"
#include "workers/llava/vision_tower.h"

namespace flywheel::llava {
namespace {

// Enough to keep the matrix products busy, small enough for the cache.
constexpr int64_t kImagesABatch = 16;
constexpr int64_t kBatchesATurn = 8;

}  // namespace

FeatureCache::FeatureCache(int64_t images, int64_t floats_an_image)
    : images_(images),
      floats_(floats_an_image),
      values_(static_cast<size_t>(images * floats_an_image)) {}

std::span<uint16_t> FeatureCache::image(int64_t index) {
  FW_CHECK(index >= 0 && index < images_, "the image is in the cache");
  return std::span(values_).subspan(static_cast<size_t>(index * floats_),
                                    static_cast<size_t>(floats_));
}

std::span<const uint16_t> FeatureCache::image(int64_t index) const {
  FW_CHECK(index >= 0 && index < images_, "the image is in the cache");
  return std::span(values_).subspan(static_cast<size_t>(index * floats_),
                                    static_cast<size_t>(floats_));
}

at::Tensor ImagesToTensor(std::span<const uint8_t> rgb, int64_t count, int64_t side) {
  at::Tensor images = at::empty({count, 3, side, side}, at::kFloat);
  float* out = images.data_ptr<float>();
  const int64_t area = side * side;
  for (int64_t i = 0; i < count; ++i) {
    const uint8_t* in = rgb.data() + i * area * 3;
    for (int64_t p = 0; p < area; ++p) {
      for (int64_t c = 0; c < 3; ++c) out[(i * 3 + c) * area + p] = in[p * 3 + c];
    }
  }
  return images;
}

at::Tensor GatherFeatures(const FeatureCache& cache, std::span<const int32_t> images,
                          int64_t width) {
  const auto count = static_cast<int64_t>(images.size());
  at::Tensor half = at::empty({count * cache.floats_an_image() / width, width}, at::kHalf);
  auto* out = reinterpret_cast<uint16_t*>(half.data_ptr<at::Half>());
  for (size_t i = 0; i < images.size(); ++i) {
    const std::span<const uint16_t> features = cache.image(images[i]);
    std::memcpy(out + i * features.size(), features.data(), features.size_bytes());
  }
  return half.to(at::kFloat);
}

Result<FeatureCache> EncodeImages(const LlavaModel& model, int64_t images,
                                  const PixelSource& pixels, const EncodeOptions& options) {
  const VisionConfig& vision = model.config().vision;
  const int64_t bytes = vision.image_size * vision.image_size * 3;
  FeatureCache cache(images, vision.patches() * vision.hidden_size);
  const VisionTower tower(model.config(), ParameterViews(model.parts().vision),
                          model.parts().statistics);
  ReplicaThreads threads(options.threads);
  std::mutex mutex;
  Status failure;
  const auto encode = [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> rgb(static_cast<size_t>((end - begin) * bytes));
    for (int64_t i = begin; i < end; ++i) {
      const Status status =
          pixels(i, std::span(rgb).subspan(static_cast<size_t>((i - begin) * bytes),
                                           static_cast<size_t>(bytes)));
      if (status.ok()) continue;
      const std::lock_guard lock(mutex);
      if (failure.ok()) failure = status;
      return;
    }
    const at::NoGradGuard no_grad;
    const at::Tensor features = tower
                                    .Forward(ImagesToTensor(rgb, end - begin, vision.image_size),
                                             VisionTower::Mode::kEvaluate)
                                    .to(at::kHalf)
                                    .contiguous();  // [B * P, D]
    std::memcpy(cache.image(begin).data(), features.data_ptr<at::Half>(), features.nbytes());
  };
  const int64_t turn = kImagesABatch * kBatchesATurn * options.threads;
  for (int64_t begin = 0; begin < images; begin += turn) {
    if (options.proceed && !options.proceed(begin)) return CancelledError("asked to stop");
    const int64_t end = std::min(images, begin + turn);
    threads.Run([&](int thread) {
      for (int64_t at = begin + thread * kImagesABatch; at < end;
           at += kImagesABatch * options.threads) {
        encode(at, std::min(end, at + kImagesABatch));
      }
    });
    if (!failure.ok()) return failure;
  }
  return cache;
}

}  // namespace flywheel::llava

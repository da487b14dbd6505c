// Photographs with boxes and captions: dealt between benchmark and bank by picture, copies of one
// picture together.
#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <utility>

#include "base/io/files.h"
#include "base/rng.h"
#include "generators/coco.h"
#include "workers/images/image_store.h"
#include "workers/prepare/near_copies.h"
#include "workers/prepare/picture_check.h"
#include "workers/prepare/prepared_data.h"

namespace flywheel {
namespace {

constexpr int kHashedSize = 64;  // pixels a side that pictures are compared at

// For each photo the index of the first photo that shows the same picture.
Result<std::vector<size_t>> GroupPhotos(const std::vector<SceneGraph>& photos,
                                        const std::string& data_root,
                                        const PrepareProgress& progress) {
  FW_ASSIGN(const ImageStore images,
            ImageStore::Open({.scenes = {}, .image_root = data_root, .size = kHashedSize}));
  std::vector<uint64_t> hashes;
  for (const SceneGraph& photo : photos) {
    const double done = static_cast<double>(hashes.size()) / static_cast<double>(photos.size());
    if (!progress("decoding photos", 0.1 + 0.6 * done)) {
      return CancelledError("prepare was stopped");
    }
    const std::string path = data_root + "/" + photo.image;
    FW_ASSIGN(const std::string bytes, ReadFile(path));
    FW_TRY(CheckWholePicture(bytes).WithContext("image " + path));
    FW_ASSIGN(const std::vector<uint8_t> pixels, images.Load(photo.image));
    hashes.push_back(DifferenceHash(pixels, kHashedSize, kHashedSize));
  }
  return GroupNearCopies(hashes);
}

// The photos that benchmark and bank are dealt from: one of each picture.
std::vector<SceneGraph> FirstOfEach(const std::vector<SceneGraph>& photos,
                                    const std::vector<size_t>& first_copy) {
  std::vector<SceneGraph> firsts;
  for (size_t i = 0; i < photos.size(); ++i) {
    if (first_copy[i] == i) firsts.push_back(photos[i]);
  }
  return firsts;
}

Status AddFingerprints(const Benchmark& benchmark, const std::string& data_root,
                       Fingerprints* fingerprints) {
  for (const SceneGraph& scene : benchmark.scenes) {
    FW_ASSIGN(const std::string bytes, ReadFile(data_root + "/" + scene.image));
    fingerprints->Add(SceneFingerprint(scene));
    fingerprints->Add(PictureFingerprint(bytes));
  }
  return OkStatus();
}

}  // namespace

Result<PreparedData> PreparePhotos(const PrepareParameters& parameters, uint64_t seed,
                                   const PrepareProgress& progress) {
  const auto& source = std::get<CocoSource>(parameters.source);
  if (!progress("reading annotations", 0)) return CancelledError("prepare was stopped");
  FW_ASSIGN(const std::vector<SceneGraph> photos, ReadCoco({.root = parameters.data_root,
                                                            .images = source.images,
                                                            .instances = source.instances,
                                                            .captions = source.captions}));
  FW_ASSIGN(const std::vector<size_t> first_copy,
            GroupPhotos(photos, parameters.data_root, progress));
  FW_ASSIGN(PhotoBenchmark made,
            MakePhotoBenchmark(FirstOfEach(photos, first_copy),
                               {.seed = DeriveSeed(seed, "photos"),
                                .benchmark_share = source.benchmark_share,
                                .questions_per_image = source.questions_per_image}));

  PreparedData data;
  data.bank = std::move(made.bank);
  // A copy goes where its first went; a second copy of a benchmark photo is of no use to anybody.
  std::unordered_map<std::string, size_t> in_bank;
  for (const SceneGraph& photo : data.bank) in_bank.emplace(photo.image, in_bank.size());
  for (size_t i = 0; i < photos.size(); ++i) {
    if (first_copy[i] == i) continue;
    if (in_bank.contains(photos[first_copy[i]].image)) {
      data.bank.push_back(photos[i]);
    } else {
      ++data.bank_refused;
    }
  }
  FW_ASSIGN(DealtQuestions dealt,
            DealQuestions(made.benchmark.questions, parameters.shares, DeriveSeed(seed, "splits")));
  for (size_t i = 0; i < kSplitNames.size(); ++i) {
    data.splits[i].questions = std::move(dealt.splits[i]);
  }
  data.warnings = std::move(dealt.warnings);
  FW_TRY(AddFingerprints(made.benchmark, parameters.data_root, &data.fingerprints));
  return data;
}

}  // namespace flywheel

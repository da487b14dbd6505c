// A benchmark in SEED-Bench's format and a bank of annotated images, made apart from each other:
// every picture is decoded, and pictures of the benchmark are kept out of the bank.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "analyzers/seed_bench.h"
#include "base/digest.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/rng.h"
#include "generators/base_mixture.h"
#include "generators/world/renderer.h"
#include "workers/images/image_store.h"
#include "workers/prepare/near_copies.h"
#include "workers/prepare/picture_check.h"
#include "workers/prepare/prepared_data.h"

namespace flywheel {
namespace {

constexpr int kComparedSize = world::kImageSize;  // pixels a side that pictures are compared at

// What two pictures are compared by: rendered scenes, which look alike, by their pixels alone,
// photographs by near-copies too.
struct Picture {
  std::string image;
  std::string digest;
  uint64_t hash = 0;
  std::string file;  // fingerprint of the bytes; empty where it is rendered
};

std::string DigestOf(std::span<const uint8_t> pixels) {
  return Sha256Hex({reinterpret_cast<const char*>(pixels.data()), pixels.size()});
}

Result<Picture> Decode(const ImageStore& images, const std::string& data_root,
                       const std::string& image) {
  std::string file;
  if (DigestOfSceneImage(image).empty()) {
    const std::string path = data_root + "/" + image;
    FW_ASSIGN(const std::string bytes, ReadFile(path));
    FW_TRY(CheckWholePicture(bytes).WithContext("image " + path));
    file = PictureFingerprint(bytes);
  }
  FW_ASSIGN(const std::vector<uint8_t> pixels, images.Load(image));
  return Picture{image, DigestOf(pixels), DifferenceHash(pixels, kComparedSize, kComparedSize),
                 std::move(file)};
}

// "images/12.png" for data_id 12.
Result<std::string> FindPicture(const std::string& data_root, const std::string& folder,
                                const Question& question) {
  const std::string where = fmt::format("question {}: data_id", question.question_id);
  if (question.image.empty()) {
    return InvalidArgument(where + ": expected the name of a picture, found null");
  }
  for (const char* extension : {"", ".jpg", ".jpeg", ".png"}) {
    std::string image = folder + "/" + question.image + extension;
    std::error_code error;
    if (std::filesystem::is_regular_file(data_root + "/" + image, error)) return image;
  }
  return NotFound(
      fmt::format("{}: there is no picture {}/{}/{}, neither so nor with .jpg, .jpeg or "
                  ".png",
                  where, data_root, folder, question.image));
}

Result<std::vector<Question>> ReadQuestionsOf(const PrepareParameters& parameters,
                                              std::vector<std::string>* warnings) {
  const auto& source = std::get<SeedBenchSource>(parameters.source);
  const std::string path = parameters.data_root + "/" + source.questions;
  FW_ASSIGN(const nlohmann::json file, ReadJsonFile(path));
  FW_ASSIGN(SeedBench bench, ReadSeedBench(file, path));
  if (bench.questions.empty()) {
    return InvalidArgument(path + ": no question about an image, expected at least 1");
  }
  if (bench.videos > 0) {
    warnings->push_back(fmt::format("{} questions about videos were left out", bench.videos));
  }
  for (Question& question : bench.questions) {
    Result<std::string> image = FindPicture(parameters.data_root, source.images, question);
    if (!image.ok()) return image.status().WithContext(path);
    question.image = *std::move(image);
  }
  return std::move(bench.questions);
}

// Tells how far a loop over pictures is.
struct Part {
  const PrepareProgress& progress;
  const char* doing;
  double begin = 0;
  double share = 0;

  Status At(size_t i, size_t count) const {
    const double done = static_cast<double>(i) / static_cast<double>(count);
    return progress(doing, begin + share * done) ? OkStatus()
                                                 : CancelledError("prepare was stopped");
  }
};

Result<std::vector<Picture>> DecodeBenchmark(const std::vector<Question>& questions,
                                             const std::string& data_root, const Part& part) {
  FW_ASSIGN(const ImageStore images,
            ImageStore::Open({.scenes = {}, .image_root = data_root, .size = kComparedSize}));
  std::vector<Picture> pictures;
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < questions.size(); ++i) {
    FW_TRY(part.At(i, questions.size()));
    if (!seen.insert(questions[i].image).second) continue;
    Result<Picture> picture = Decode(images, data_root, questions[i].image);
    if (!picture.ok()) {
      return picture.status().WithContext("question " + questions[i].question_id);
    }
    pictures.push_back(*std::move(picture));
  }
  return pictures;
}

Result<std::vector<Picture>> DecodeBank(const std::vector<SceneGraph>& bank,
                                        const PrepareParameters& parameters, const Part& part) {
  const std::string path =
      parameters.data_root + "/" + std::get<SeedBenchSource>(parameters.source).bank;
  FW_ASSIGN(const ImageStore images,
            ImageStore::Open(
                {.scenes = {path}, .image_root = parameters.data_root, .size = kComparedSize}));
  std::vector<Picture> pictures;
  for (size_t i = 0; i < bank.size(); ++i) {
    FW_TRY(part.At(i, bank.size()));
    Result<Picture> picture = Decode(images, parameters.data_root, bank[i].image);
    if (!picture.ok()) return picture.status().WithContext(path);
    pictures.push_back(*std::move(picture));
  }
  return pictures;
}

// For each picture the index of the first that shows the same.
std::vector<size_t> FirstOfEach(const std::vector<Picture>& pictures, bool photographs) {
  std::vector<size_t> first(pictures.size());
  std::unordered_map<std::string, size_t> by_digest;
  for (size_t i = 0; i < pictures.size(); ++i) {
    first[i] = by_digest.emplace(pictures[i].digest, i).first->second;
  }
  if (!photographs) return first;
  std::vector<uint64_t> hashes;
  hashes.reserve(pictures.size());
  for (const Picture& picture : pictures) hashes.push_back(picture.hash);
  return GroupNearCopies(hashes);
}

// Rows of the base mixture are rendered again for replay: those that show a picture of the
// benchmark are marked, so that they are left out there.
Status MarkBaseMixture(const std::string& base_model, const std::vector<Picture>& benchmark,
                       Fingerprints* fingerprints) {
  const std::string recipe = base_model + "/base_mixture.json";
  std::error_code ignored;
  if (!std::filesystem::exists(recipe, ignored)) return OkStatus();
  std::unordered_set<std::string> digests;
  for (const Picture& picture : benchmark) digests.insert(picture.digest);
  FW_ASSIGN(const BaseMixture mixture, ReadBaseMixture(recipe));
  for (int64_t i = 0; i < mixture.images; ++i) {
    const SceneGraph scene = MakeBaseSample(mixture, i).scene;
    FW_ASSIGN(const world::Pixels pixels, world::Render(scene));
    if (digests.contains(DigestOf(pixels))) fingerprints->Add(SceneFingerprint(scene));
  }
  return OkStatus();
}

}  // namespace

Result<PreparedData> PrepareSeedBench(const PrepareParameters& parameters, uint64_t seed,
                                      const PrepareProgress& progress) {
  const auto& source = std::get<SeedBenchSource>(parameters.source);
  PreparedData data;
  FW_ASSIGN(std::vector<Question> questions, ReadQuestionsOf(parameters, &data.warnings));
  FW_ASSIGN(std::vector<SceneGraph> bank,
            ReadSceneGraphs(parameters.data_root + "/" + source.bank));
  FW_ASSIGN(std::vector<Picture> pictures,
            DecodeBenchmark(questions, parameters.data_root,
                            {progress, "decoding the benchmark's pictures", 0, 0.4}));
  const size_t benchmark = pictures.size();
  if (!progress("comparing the base mixture with the benchmark", 0.4)) {
    return CancelledError("prepare was stopped");
  }
  FW_TRY(MarkBaseMixture(parameters.base_model, pictures, &data.fingerprints));
  FW_ASSIGN(
      const std::vector<Picture> of_bank,
      DecodeBank(bank, parameters, {progress, "comparing the bank with the benchmark", 0.5, 0.4}));
  pictures.insert(pictures.end(), of_bank.begin(), of_bank.end());
  const bool photographs = std::any_of(bank.begin(), bank.end(), [](const SceneGraph& scene) {
    return scene.source != SceneSource::kWorld;
  });
  const std::vector<size_t> first = FirstOfEach(pictures, photographs);

  std::unordered_map<std::string, std::string> groups;
  for (size_t i = 0; i < benchmark; ++i) {
    groups[pictures[i].image] = pictures[first[i]].image;
    data.fingerprints.Add(PictureFingerprint(pictures[i].digest));
    // Samples of a pool are compared by the bytes of their pictures.
    if (!pictures[i].file.empty()) data.fingerprints.Add(pictures[i].file);
  }
  for (Question& question : questions) question.group = groups[question.image];
  for (size_t i = 0; i < bank.size(); ++i) {
    if (first[benchmark + i] < benchmark) {
      ++data.bank_refused;
      data.fingerprints.Add(SceneFingerprint(bank[i]));
    } else {
      data.bank.push_back(std::move(bank[i]));
    }
  }
  FW_ASSIGN(DealtQuestions dealt,
            DealQuestions(questions, parameters.shares, DeriveSeed(seed, "splits")));
  for (size_t i = 0; i < kSplitNames.size(); ++i) {
    data.splits[i].questions = std::move(dealt.splits[i]);
  }
  data.warnings.insert(data.warnings.end(), dealt.warnings.begin(), dealt.warnings.end());
  return data;
}

}  // namespace flywheel

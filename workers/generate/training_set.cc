#include "workers/generate/training_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/io/files.h"
#include "base/rng.h"

namespace flywheel {
namespace {

// Adds rows with the scenes that they show, each scene once.
class Mixer {
 public:
  void Add(const LlavaRow& row, const SceneGraph* scene) {
    data_.rows.push_back(row);
    if (scene != nullptr && images_.insert(scene->image).second) data_.scenes.push_back(*scene);
  }

  Dataset Take() { return std::move(data_); }

 private:
  Dataset data_;
  std::unordered_set<std::string> images_;
};

// A dataset with its scenes by image name.
class SceneIndex {
 public:
  explicit SceneIndex(const Dataset& data) {
    for (const SceneGraph& scene : data.scenes) by_image_.emplace(scene.image, &scene);
  }
  // nullptr for a photograph.
  const SceneGraph* Find(const std::string& image) const {
    const auto found = by_image_.find(image);
    return found == by_image_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string, const SceneGraph*> by_image_;
};

// Row numbers of EarlierData to be trained on again, in ascending order.
std::vector<int64_t> ChooseReplay(int64_t fresh, int64_t earlier,
                                  const TrainingSetRequest& request) {
  std::vector<int64_t> rows(static_cast<size_t>(earlier));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  if (request.start == TrainingStart::kBase) return rows;
  const double wanted = std::round(request.replay_ratio * static_cast<double>(fresh));
  const auto count = static_cast<size_t>(std::min(wanted, static_cast<double>(earlier)));
  Rng rng(DeriveSeed(request.seed, "replay"));
  rng.Shuffle(rows);
  rows.resize(count);
  std::sort(rows.begin(), rows.end());
  return rows;
}

// The row that EarlierData's numbering calls `number`, where it is not of the mixture.
const LlavaRow& RowOf(const EarlierData& earlier, int64_t number, size_t* dataset) {
  for (*dataset = 0;; ++*dataset) {
    const auto& rows = earlier.datasets[*dataset].rows;
    if (number < static_cast<int64_t>(rows.size())) return rows[static_cast<size_t>(number)];
    number -= static_cast<int64_t>(rows.size());
  }
}

}  // namespace

Result<Dataset> ReadDataset(const std::string& folder) {
  Dataset data;
  FW_ASSIGN(data.rows, ReadLlavaRows(folder + "/samples.jsonl"));
  std::error_code ignored;
  if (std::filesystem::exists(folder + "/scenes.jsonl", ignored)) {
    FW_ASSIGN(data.scenes, ReadSceneGraphs(folder + "/scenes.jsonl"));
  }
  return data;
}

int64_t EarlierData::size() const {
  int64_t rows = mixture ? mixture->images : 0;
  for (const Dataset& dataset : datasets) rows += static_cast<int64_t>(dataset.rows.size());
  return rows;
}

TrainingSet MixTrainingSet(const Dataset& fresh, const EarlierData& earlier,
                           const Fingerprints& benchmark, const TrainingSetRequest& request) {
  TrainingSet set;
  Mixer mixer;
  const SceneIndex fresh_scenes(fresh);
  for (const LlavaRow& row : fresh.rows) mixer.Add(row, fresh_scenes.Find(row.image));

  const int64_t in_mixture = earlier.mixture ? earlier.mixture->images : 0;
  std::vector<SceneIndex> scenes(earlier.datasets.begin(), earlier.datasets.end());
  for (const int64_t number :
       ChooseReplay(static_cast<int64_t>(fresh.rows.size()), earlier.size(), request)) {
    if (number < in_mixture) {
      const BaseSample sample = MakeBaseSample(*earlier.mixture, number);
      if (benchmark.Contains(SceneFingerprint(sample.scene))) {
        ++set.leaked;
        continue;
      }
      mixer.Add(sample.row, &sample.scene);
    } else {
      size_t dataset = 0;
      const LlavaRow& row = RowOf(earlier, number - in_mixture, &dataset);
      mixer.Add(row, scenes[dataset].Find(row.image));
      if (earlier.datasets[dataset].made_for == MadeFor::kRejectedModel) {
        ++set.rejected_replay_images;
      }
    }
    ++set.replay_images;
  }
  set.data = mixer.Take();
  Rng rng(DeriveSeed(request.seed, "order"));
  rng.Shuffle(set.data.rows);
  return set;
}

Status WriteDataset(const std::string& folder, const std::string& rows_name, const Dataset& data) {
  FW_TRY(MakeDirectories(folder));
  FW_TRY(WriteLlavaRows(fmt::format("{}/{}", folder, rows_name), data.rows, LlavaFormat::kLines));
  return data.scenes.empty() ? OkStatus() : WriteSceneGraphs(folder + "/scenes.jsonl", data.scenes);
}

}  // namespace flywheel

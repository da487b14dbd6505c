// A pool of a few samples with small real pictures, half PNG, half JPEG, for tests of what draws on
// pools. Each sample has a picture of its own unless told otherwise.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/temp_dir.h"

namespace flywheel {

// Questions that the shipped tagger is sure of.
inline constexpr int kCounting = 5;
inline constexpr int kLocation = 4;

class SmallPool {
 public:
  explicit SmallPool(std::string dataset = "set") : dataset_(std::move(dataset)) {}

  // A sample about a picture of its own with a question of this type; its number.
  int Add(int type);
  // The record of a sample, to be changed before Import.
  nlohmann::json& record(int sample) { return records_[static_cast<size_t>(sample)]; }
  void Remove(int sample) { records_.erase(static_cast<size_t>(sample)); }

  void Import(const std::string& images_root);
  void Import() { Import(images()); }
  void Tag();
  void Sign();
  // All three.
  void Make();

  std::string data_root() const { return folder_.path(); }
  std::string images() const { return folder_.path() + "/photos/train"; }
  std::string path() const { return folder_.path() + "/pool"; }

 private:
  testing::TempDir folder_;
  std::string dataset_;
  nlohmann::json records_ = nlohmann::json::array();
};

}  // namespace flywheel

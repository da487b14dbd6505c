#include "tests/unit/tasks/photo_folder.h"

#include <fmt/format.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/rng.h"
#include "generators/world/renderer.h"
#include "generators/world/scene_sampler.h"
#include "tests/unit/tasks/temporary_task.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr std::array kCategories = {"dog", "cat", "car", "cup", "kite", "bench", "horse", "boat"};

}  // namespace

PhotoFolder::PhotoFolder(const std::string& folder, int count) : root(folder) {
  std::filesystem::create_directories(root + "/images");
  instances = {{"images", json::array()}, {"annotations", json::array()}};
  captions = {{"images", json::array()}, {"annotations", json::array()}};
  for (size_t i = 0; i < kCategories.size(); ++i) {
    instances["categories"].push_back({{"id", i + 1}, {"name", kCategories[i]}});
  }
  for (int photo = 0; photo < count; ++photo) {
    const std::string name = fmt::format("{:06}.png", photo);
    REQUIRE(world::WritePng(world::SampleScene(static_cast<uint64_t>(photo) + 1),
                            root + "/images/" + name)
                .ok());
    const json image = {{"id", photo}, {"file_name", name}, {"width", 640}, {"height", 480}};
    instances["images"].push_back(image);
    captions["images"].push_back(image);
    Rng rng(static_cast<uint64_t>(photo) + 1000);
    const auto first = static_cast<size_t>(rng.Below(kCategories.size()));
    std::array<const char*, 3> names{};
    for (size_t i = 0; i < names.size(); ++i) {
      const size_t category = (first + i * 3) % kCategories.size();
      names[i] = kCategories[category];
      const double x = 20.0 + 210.0 * static_cast<double>(i);
      const auto y = static_cast<double>(rng.Between(10, 320));
      instances["annotations"].push_back({{"id", instances["annotations"].size() + 1},
                                          {"image_id", photo},
                                          {"category_id", category + 1},
                                          {"bbox", {x, y, 120, 130}},
                                          {"iscrowd", 0}});
    }
    for (const char* text : {"A {} and a {} beside a {}.", "there is a {} near a {} and a {}"}) {
      captions["annotations"].push_back(
          {{"id", captions["annotations"].size() + 1},
           {"image_id", photo},
           {"caption", fmt::format(fmt::runtime(text), names[0], names[1], names[2])}});
    }
  }
  Save();
}

void PhotoFolder::Save() const {
  WriteText(root + "/instances.json", instances.dump());
  WriteText(root + "/captions.json", captions.dump());
}

nlohmann::json PhotoSource() {
  return {{"coco",
           {{"images", "images"},
            {"instances", "instances.json"},
            {"captions", "captions.json"},
            {"benchmark_share", 0.5},
            {"questions_per_image", 4}}},
          {"shares", {{"steer", 0.5}, {"sealed", 0.5}}}};
}

}  // namespace flywheel

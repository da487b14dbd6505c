// Scene graphs in Visual Genome's own files: objects, attributes, relationships, regions, image
// data and scene graphs, member for member as published. Writes only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/status.h"
#include "generators/scene_graph.h"

namespace flywheel {

// One array a file, one element an image.
struct VisualGenome {
  nlohmann::json image_data = nlohmann::json::array();
  nlohmann::json objects = nlohmann::json::array();
  nlohmann::json attributes = nlohmann::json::array();
  nlohmann::json relationships = nlohmann::json::array();
  nlohmann::json region_descriptions = nlohmann::json::array();
  nlohmann::json scene_graphs = nlohmann::json::array();
  int64_t next_id = 1;  // of objects, relationships and regions: unique over all images
};

// A sign becomes an object "sign" with the attribute "says <text>"; places, times of day and whole
// scenes become regions.
void AddScene(VisualGenome& files, const SceneGraph& scene, int64_t image_id);

// FOLDER/image_data.json and so on.
Status WriteVisualGenome(const VisualGenome& files, const std::string& folder);

}  // namespace flywheel

#include "generators/visual_genome.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "base/io/files.h"
#include "generators/world/scene_sampler.h"

namespace flywheel {
namespace {

using nlohmann::json;

// Visual Genome has whole pixels.
int64_t Pixel(double at) { return std::llround(at); }

// An object as objects.json has it; the other files add to it or leave out.
json ObjectEntry(int64_t id, const std::string& name, const Box& box) {
  return {{"object_id", id},          {"names", json::array({name})},
          {"synsets", json::array()}, {"merged_object_ids", json::array()},
          {"x", Pixel(box.x)},        {"y", Pixel(box.y)},
          {"w", Pixel(box.width)},    {"h", Pixel(box.height)}};
}

struct Thing {
  json object;
  std::vector<std::string> attributes;
  std::string phrase;
  Box box;
};

std::vector<Thing> ThingsOf(VisualGenome& files, const SceneGraph& scene,
                            std::map<int64_t, json>& by_id) {
  std::vector<Thing> things;
  for (const SceneObject& object : scene.objects) {
    Thing thing{ObjectEntry(files.next_id++, object.name, object.box), {}, object.name, object.box};
    if (!object.colour.empty()) {
      thing.attributes.push_back(object.colour);
      thing.phrase = object.colour + " " + thing.phrase;
    }
    if (!object.size.empty()) {
      thing.attributes.push_back(object.size);
      thing.phrase = object.size + " " + thing.phrase;
    }
    by_id[object.id] = thing.object;
    things.push_back(std::move(thing));
  }
  for (const SceneText& sign : scene.texts) {
    things.push_back({ObjectEntry(files.next_id++, "sign", sign.box),
                      {"says " + sign.text},
                      "sign that says " + sign.text,
                      sign.box});
  }
  return things;
}

json RegionEntry(VisualGenome& files, int64_t image_id, const std::string& phrase, const Box& box) {
  return {{"region_id", files.next_id++},
          {"image_id", image_id},
          {"phrase", phrase},
          {"x", Pixel(box.x)},
          {"y", Pixel(box.y)},
          {"width", Pixel(box.width)},
          {"height", Pixel(box.height)}};
}

json Regions(VisualGenome& files, const SceneGraph& scene, int64_t image_id,
             const std::vector<Thing>& things) {
  json regions = json::array();
  for (const Thing& thing : things) {
    regions.push_back(RegionEntry(files, image_id, "a " + thing.phrase, thing.box));
  }
  const Box whole = {0, 0, static_cast<double>(scene.width), static_cast<double>(scene.height)};
  std::vector<std::string> phrases = scene.captions;
  if (scene.source == SceneSource::kWorld) {
    phrases.push_back(world::SceneCaption(scene, world::CaptionDetail::kEverything));
    phrases.push_back(fmt::format("{} at {}", scene.place, scene.daylight));
  }
  for (const std::string& phrase : phrases) {
    regions.push_back(RegionEntry(files, image_id, phrase, whole));
  }
  return regions;
}

}  // namespace

void AddScene(VisualGenome& files, const SceneGraph& scene, int64_t image_id) {
  std::map<int64_t, json> by_id;
  const std::vector<Thing> things = ThingsOf(files, scene, by_id);
  json objects = json::array();
  json with_attributes = json::array();
  json graph_objects = json::array();
  for (const Thing& thing : things) {
    objects.push_back(thing.object);
    json one = thing.object;
    one.erase("merged_object_ids");
    if (!thing.attributes.empty()) one["attributes"] = thing.attributes;
    with_attributes.push_back(one);
    graph_objects.push_back(std::move(one));
  }
  json relationships = json::array();
  json graph_relationships = json::array();
  for (const SceneRelation& relation : scene.relations) {
    const json& subject = by_id.at(relation.subject);
    const json& object = by_id.at(relation.object);
    const json common = {{"relationship_id", files.next_id++},
                         {"predicate", relation.predicate},
                         {"synsets", json::array()}};
    json full = common;
    full["subject"] = subject;
    full["object"] = object;
    relationships.push_back(std::move(full));
    json brief = common;
    brief["subject_id"] = subject.at("object_id");
    brief["object_id"] = object.at("object_id");
    graph_relationships.push_back(std::move(brief));
  }
  files.image_data.push_back({{"image_id", image_id},
                              {"url", fmt::format("images/{}.png", image_id)},
                              {"width", scene.width},
                              {"height", scene.height},
                              {"coco_id", nullptr},
                              {"flickr_id", nullptr}});
  files.objects.push_back({{"image_id", image_id}, {"objects", std::move(objects)}});
  files.attributes.push_back({{"image_id", image_id}, {"attributes", std::move(with_attributes)}});
  files.relationships.push_back(
      {{"image_id", image_id}, {"relationships", std::move(relationships)}});
  files.region_descriptions.push_back(
      {{"id", image_id}, {"regions", Regions(files, scene, image_id, things)}});
  files.scene_graphs.push_back({{"image_id", image_id},
                                {"objects", std::move(graph_objects)},
                                {"relationships", std::move(graph_relationships)}});
}

Status WriteVisualGenome(const VisualGenome& files, const std::string& folder) {
  const std::vector<std::pair<const char*, const json*>> all = {
      {"image_data.json", &files.image_data},
      {"objects.json", &files.objects},
      {"attributes.json", &files.attributes},
      {"relationships.json", &files.relationships},
      {"region_descriptions.json", &files.region_descriptions},
      {"scene_graphs.json", &files.scene_graphs}};
  for (const auto& [name, content] : all) {
    FW_TRY(WriteFile(folder + "/" + name, content->dump() + "\n"));
  }
  return OkStatus();
}

}  // namespace flywheel

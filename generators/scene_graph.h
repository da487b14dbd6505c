// What is known about one image: objects with boxes and attributes, relations, texts, place, time
// of day and captions. The one form in which rendered scenes and annotated photographs reach the
// question families; its canonical JSON is a line of scene_graphs.jsonl and scenes.jsonl. Says
// nothing about how a picture looks beyond that.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel {

// Pixels from the top left corner; covers [x, x + width) and [y, y + height).
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;

  double CentreX() const { return x + width / 2; }
  double CentreY() const { return y + height / 2; }
  double Area() const { return width * height; }
  bool operator==(const Box&) const = default;
};

struct SceneObject {
  int64_t id = 0;      // unique in the image
  std::string name;    // shape, agent or category: "star", "robot", "traffic light"
  std::string colour;  // empty: not known
  std::string size;    // "small" or "big"; empty: not known
  Box box;
  bool crowd = false;  // stands for several objects that were not told apart

  bool operator==(const SceneObject&) const = default;
};

// "subject predicate object", by ids of objects: 3 "holding" 4.
struct SceneRelation {
  int64_t subject = 0;
  std::string predicate;
  int64_t object = 0;

  bool operator==(const SceneRelation&) const = default;
};

struct SceneText {
  std::string text;
  Box box;

  bool operator==(const SceneText&) const = default;
};

// Where a scene graph comes from, and so what may be concluded from it: a rendered world lists
// everything there is, annotations of photographs only what their makers looked for.
enum class SceneSource { kWorld = 1, kCoco = 2 };

std::string_view SceneSourceName(SceneSource source);  // "world", "coco"

struct SceneGraph {
  SceneSource source = SceneSource::kWorld;
  std::string image;  // "scene:<digest>", or a path below the image root
  int32_t width = 0;
  int32_t height = 0;
  std::string place;     // "beach"; empty: not known
  std::string daylight;  // "night"; empty: not known
  std::vector<SceneObject> objects;
  std::vector<SceneRelation> relations;
  std::vector<SceneText> texts;
  std::vector<std::string> captions;

  bool operator==(const SceneGraph&) const = default;
};

// nullptr when there is no such object.
const SceneObject* FindObject(const SceneGraph& scene, int64_t id);

nlohmann::json ToJson(const SceneGraph& scene);
// INVALID_ARGUMENT names the member: "scene.objects[2].box: ...". Also refuses empty sizes, ids
// that come twice, relations to objects that are not there and boxes without an area.
Result<SceneGraph> SceneGraphFromJson(const nlohmann::json& value);

// SHA-256 of the canonical JSON without the image name: equal scenes have equal digests.
std::string SceneDigest(const SceneGraph& scene);
// "scene:<digest>", the name of a rendered scene's image, and the digest in it (empty: not one).
std::string SceneImageName(std::string_view digest);
std::string_view DigestOfSceneImage(std::string_view image);

// The lines of scene_graphs.jsonl and scenes.jsonl; errors name file and line.
Result<std::vector<SceneGraph>> ReadSceneGraphs(const std::string& path);
Status WriteSceneGraphs(const std::string& path, const std::vector<SceneGraph>& scenes);

}  // namespace flywheel

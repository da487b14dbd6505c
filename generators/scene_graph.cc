#include "generators/scene_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr std::string_view kImagePrefix = "scene:";

json BoxToJson(const Box& box) { return json::array({box.x, box.y, box.width, box.height}); }

// The scene without its image name: what the digest is taken of.
json ContentToJson(const SceneGraph& scene) {
  json objects = json::array();
  for (const SceneObject& object : scene.objects) {
    json one = {{"id", object.id}, {"name", object.name}, {"box", BoxToJson(object.box)}};
    if (!object.colour.empty()) one["colour"] = object.colour;
    if (!object.size.empty()) one["size"] = object.size;
    if (object.crowd) one["crowd"] = true;
    objects.push_back(std::move(one));
  }
  json value = {{"source", SceneSourceName(scene.source)},
                {"width", scene.width},
                {"height", scene.height},
                {"objects", std::move(objects)}};
  if (!scene.place.empty()) value["place"] = scene.place;
  if (!scene.daylight.empty()) value["daylight"] = scene.daylight;
  for (const SceneRelation& relation : scene.relations) {
    value["relations"].push_back({{"subject", relation.subject},
                                  {"predicate", relation.predicate},
                                  {"object", relation.object}});
  }
  for (const SceneText& text : scene.texts) {
    value["texts"].push_back({{"text", text.text}, {"box", BoxToJson(text.box)}});
  }
  if (!scene.captions.empty()) value["captions"] = scene.captions;
  return value;
}

void ReadBox(JsonObjectReader& reader, Box* box) {
  std::vector<double> numbers;
  reader.Required("box", &numbers);
  if (numbers.size() != 4) {
    reader.Fail("box",
                fmt::format("expected [x, y, width, height], found {} numbers", numbers.size()));
    return;
  }
  *box = {numbers[0], numbers[1], numbers[2], numbers[3]};
  if (!(box->width > 0) || !(box->height > 0)) {
    reader.Fail("box", fmt::format("expected a width and height above 0, found {} x {}", box->width,
                                   box->height));
  }
}

Result<SceneObject> ObjectFromJson(const json& value, const std::string& where) {
  JsonObjectReader reader(value, where);
  SceneObject object;
  reader.Required("id", &object.id);
  reader.Required("name", &object.name);
  reader.Optional("colour", &object.colour);
  reader.Optional("size", &object.size);
  reader.Optional("crowd", &object.crowd);
  ReadBox(reader, &object.box);
  if (object.name.empty()) reader.Fail("name", "is empty");
  FW_TRY(reader.Finish());
  return object;
}

Result<SceneRelation> RelationFromJson(const json& value, const std::string& where) {
  JsonObjectReader reader(value, where);
  SceneRelation relation;
  reader.Required("subject", &relation.subject);
  reader.Required("predicate", &relation.predicate);
  reader.Required("object", &relation.object);
  FW_TRY(reader.Finish());
  return relation;
}

Result<SceneText> TextFromJson(const json& value, const std::string& where) {
  JsonObjectReader reader(value, where);
  SceneText text;
  reader.Required("text", &text.text);
  ReadBox(reader, &text.box);
  FW_TRY(reader.Finish());
  return text;
}

// Applies `parse` to each element of an optional array member.
template <typename T, typename Parse>
Status ReadList(const json& list, std::string_view name, Parse parse, std::vector<T>* out) {
  if (!list.is_array())
    return InvalidArgument(
        fmt::format("scene.{}: expected an array, found {}", name, list.type_name()));
  for (size_t i = 0; i < list.size(); ++i) {
    FW_ASSIGN(T one, parse(list[i], fmt::format("scene.{}[{}]", name, i)));
    out->push_back(std::move(one));
  }
  return OkStatus();
}

Status CheckReferences(const SceneGraph& scene) {
  std::set<int64_t> ids;
  for (const SceneObject& object : scene.objects) {
    if (!ids.insert(object.id).second)
      return InvalidArgument(fmt::format("scene.objects: id {} comes twice", object.id));
  }
  for (const SceneRelation& relation : scene.relations) {
    for (const int64_t id : {relation.subject, relation.object}) {
      if (!ids.contains(id))
        return InvalidArgument(
            fmt::format("scene.relations: '{}' names object {}, which the scene does not have",
                        relation.predicate, id));
    }
  }
  return OkStatus();
}

}  // namespace

std::string_view SceneSourceName(SceneSource source) {
  return source == SceneSource::kWorld ? "world" : "coco";
}

const SceneObject* FindObject(const SceneGraph& scene, int64_t id) {
  const auto found = std::find_if(scene.objects.begin(), scene.objects.end(),
                                  [id](const SceneObject& object) { return object.id == id; });
  return found == scene.objects.end() ? nullptr : &*found;
}

json ToJson(const SceneGraph& scene) {
  json value = ContentToJson(scene);
  value["image"] = scene.image;
  return value;
}

Result<SceneGraph> SceneGraphFromJson(const json& value) {
  JsonObjectReader reader(value, "scene");
  SceneGraph scene;
  std::string source;
  json objects = json::array(), relations = json::array(), texts = json::array();
  reader.Required("source", &source);
  reader.Required("image", &scene.image);
  reader.Required("width", &scene.width);
  reader.Required("height", &scene.height);
  reader.Optional("place", &scene.place);
  reader.Optional("daylight", &scene.daylight);
  reader.Optional("captions", &scene.captions);
  reader.Required("objects", &objects);
  reader.Optional("relations", &relations);
  reader.Optional("texts", &texts);
  if (source == SceneSourceName(SceneSource::kCoco)) {
    scene.source = SceneSource::kCoco;
  } else if (source != SceneSourceName(SceneSource::kWorld)) {
    reader.Fail("source", fmt::format("expected \"world\" or \"coco\", found \"{}\"", source));
  }
  if (scene.image.empty()) reader.Fail("image", "is empty");
  if (scene.width <= 0 || scene.height <= 0) {
    reader.Fail("width", fmt::format("expected a size above 0 x 0, found {} x {}", scene.width,
                                     scene.height));
  }
  FW_TRY(reader.Finish());
  FW_TRY(ReadList(objects, "objects", ObjectFromJson, &scene.objects));
  FW_TRY(ReadList(relations, "relations", RelationFromJson, &scene.relations));
  FW_TRY(ReadList(texts, "texts", TextFromJson, &scene.texts));
  FW_TRY(CheckReferences(scene));
  return scene;
}

std::string SceneDigest(const SceneGraph& scene) {
  return Sha256Hex(CanonicalJson(ContentToJson(scene)));
}

std::string SceneImageName(std::string_view digest) {
  return std::string(kImagePrefix) + std::string(digest);
}

std::string_view DigestOfSceneImage(std::string_view image) {
  if (!image.starts_with(kImagePrefix)) return {};
  image.remove_prefix(kImagePrefix.size());
  return IsSha256Hex(image) ? image : std::string_view();
}

Result<std::vector<SceneGraph>> ReadSceneGraphs(const std::string& path) {
  std::vector<SceneGraph> scenes;
  FW_TRY(ForEachLine(path, [&](std::string_view line, int64_t) -> Status {
    FW_ASSIGN(const json value, ParseJson(line, "scene"));
    FW_ASSIGN(SceneGraph scene, SceneGraphFromJson(value));
    scenes.push_back(std::move(scene));
    return OkStatus();
  }));
  return scenes;
}

Status WriteSceneGraphs(const std::string& path, const std::vector<SceneGraph>& scenes) {
  std::string text;
  for (const SceneGraph& scene : scenes) text += CanonicalJson(ToJson(scene)) + "\n";
  return WriteFile(path, text);
}

}  // namespace flywheel

#include "generators/world/renderer.h"

#include <fmt/format.h>

#include "generators/world/backdrop.h"
#include "generators/world/figures.h"
#include "generators/world/layout.h"

namespace flywheel::world {
namespace {

bool IsAgent(const SceneObject& object) { return IndexOf(kAgents, object.name) != kAbsent; }

Status Unknown(std::string_view what, std::string_view word) {
  return InvalidArgument(fmt::format("the rendered world has no {} '{}'", what, word));
}

Status CheckObject(const SceneGraph& scene, const SceneObject& object) {
  if (IsAgent(object)) {
    for (const SceneRelation& relation : scene.relations) {
      if (relation.subject == object.id) return OkStatus();
    }
    return InvalidArgument(
        fmt::format("object {}: a {} without a relation to an object", object.id, object.name));
  }
  if (IndexOf(kShapes, object.name) == kAbsent) return Unknown("shape or agent", object.name);
  if (IndexOf(kColours, object.colour) == kAbsent) return Unknown("colour", object.colour);
  if (IndexOf(kSizes, object.size) == kAbsent) return Unknown("size", object.size);
  return OkStatus();
}

Status CheckScene(const SceneGraph& scene) {
  if (scene.source != SceneSource::kWorld)
    return InvalidArgument("only scenes of the rendered world can be rendered");
  if (scene.width != kImageSize || scene.height != kImageSize) {
    return InvalidArgument(fmt::format("expected a scene of {0} x {0} pixels, found {1} x {2}",
                                       kImageSize, scene.width, scene.height));
  }
  if (IndexOf(kPlaces, scene.place) == kAbsent) return Unknown("place", scene.place);
  if (IndexOf(kDaylights, scene.daylight) == kAbsent) return Unknown("daylight", scene.daylight);
  for (const SceneObject& object : scene.objects) FW_TRY(CheckObject(scene, object));
  for (const SceneRelation& relation : scene.relations) {
    if (IndexOf(kPredicates, relation.predicate) == kAbsent)
      return Unknown("relation", relation.predicate);
    const SceneObject* agent = FindObject(scene, relation.subject);
    const SceneObject* object = FindObject(scene, relation.object);
    if (agent == nullptr || object == nullptr || !IsAgent(*agent) || IsAgent(*object))
      return InvalidArgument("a relation is between an agent and an object of the scene");
  }
  for (const SceneText& sign : scene.texts) {
    if (IndexOf(kSignTexts, sign.text) == kAbsent) return Unknown("sign text", sign.text);
  }
  return OkStatus();
}

Status Draw(const SceneGraph& scene, Canvas& canvas) {
  FW_TRY(CheckScene(scene).WithContext(scene.image));
  DrawBackdrop(canvas, scene.place, scene.daylight);
  for (const SceneText& sign : scene.texts) DrawSign(canvas, sign);
  for (const SceneRelation& relation : scene.relations) {
    DrawAgent(canvas, *FindObject(scene, relation.subject), relation,
              *FindObject(scene, relation.object));
  }
  for (const SceneObject& object : scene.objects) {
    if (!IsAgent(object)) DrawShape(canvas, object);
  }
  return OkStatus();
}

}  // namespace

Result<Pixels> Render(const SceneGraph& scene) {
  Canvas canvas(kImageSize, kImageSize);
  FW_TRY(Draw(scene, canvas));
  Pixels pixels;
  canvas.CopyRgb(pixels);
  return pixels;
}

Status WritePng(const SceneGraph& scene, const std::string& path) {
  Canvas canvas(kImageSize, kImageSize);
  FW_TRY(Draw(scene, canvas));
  return canvas.WritePng(path);
}

}  // namespace flywheel::world

#include "generators/world/dense_labels.h"

#include <algorithm>

#include "base/check.h"

namespace flywheel::world {
namespace {

constexpr double kPatchPixels = static_cast<double>(kImageSize) / kPatchSide;

size_t PatchOf(const Box& box) {
  const int column = std::clamp(static_cast<int>(box.CentreX() / kPatchPixels), 0, kPatchSide - 1);
  const int row = std::clamp(static_cast<int>(box.CentreY() / kPatchPixels), 0, kPatchSide - 1);
  return static_cast<size_t>(row * kPatchSide + column);
}

int8_t Class(int index) {
  FW_CHECK(index != kAbsent, "a word that the world does not have");
  return static_cast<int8_t>(index);
}

// Marks that a thing is here; returns its patch.
size_t Mark(DenseLabels& labels, const Box& box, What what) {
  const size_t patch = PatchOf(box);
  labels.what[patch] = static_cast<int8_t>(what);
  labels.region[patch] =
      static_cast<int8_t>(RegionOf(box.CentreX(), box.CentreY(), kImageSize, kImageSize));
  labels.row[patch] = static_cast<int8_t>(patch / kPatchSide);
  labels.column[patch] = static_cast<int8_t>(patch % kPatchSide);
  return patch;
}

}  // namespace

int RegionOf(double x, double y, double width, double height) {
  const auto third = [](double at, double of) {
    return std::clamp(static_cast<int>(3 * at / of), 0, 2);
  };
  return 3 * third(y, height) + third(x, width);
}

DenseLabels LabelScene(const SceneGraph& scene) {
  DenseLabels labels;
  for (PatchLabels* list :
       {&labels.shape, &labels.colour, &labels.size, &labels.region, &labels.row, &labels.column,
        &labels.agent, &labels.relation, &labels.sign}) {
    list->fill(kNoLabel);
  }
  labels.place = Class(IndexOf(kPlaces, scene.place));
  labels.daylight = Class(IndexOf(kDaylights, scene.daylight));
  for (const SceneObject& object : scene.objects) {
    const int agent = IndexOf(kAgents, object.name);
    if (agent != kAbsent) {
      labels.agent[Mark(labels, object.box, What::kAgent)] = Class(agent);
      continue;
    }
    const size_t patch = Mark(labels, object.box, What::kObject);
    labels.shape[patch] = Class(IndexOf(kShapes, object.name));
    labels.colour[patch] = Class(IndexOf(kColours, object.colour));
    labels.size[patch] = Class(IndexOf(kSizes, object.size));
  }
  for (const SceneRelation& relation : scene.relations) {
    for (const int64_t id : {relation.subject, relation.object}) {
      const SceneObject* object = FindObject(scene, id);
      FW_CHECK(object != nullptr, "a relation without its objects");
      labels.relation[PatchOf(object->box)] = Class(IndexOf(kPredicates, relation.predicate));
    }
  }
  for (const SceneText& sign : scene.texts) {
    labels.sign[Mark(labels, sign.box, What::kSign)] = Class(IndexOf(kSignTexts, sign.text));
  }
  return labels;
}

}  // namespace flywheel::world

// Reads photographs annotated in COCO's format (instances_*.json, captions_*.json, a folder of
// pictures) into scene graphs. Strict: the first record that is wrong is an error that names file,
// record and what was expected. Does not decode pictures, only checks that they are there.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generators/scene_graph.h"

namespace flywheel {

// Paths relative to `root`.
struct CocoFiles {
  std::string root;
  std::string images;
  std::string instances;
  std::string captions;  // empty: there are none
};

// One scene a photograph, in the order of the file; its image is "<images>/<file_name>". Objects of
// iscrowd annotations are marked as crowds, and so are boxes without area, which say that something
// is there but not where: nothing is counted or located by them.
// INVALID_ARGUMENT: "a.json: annotations[12] (id 7): category_id 91 is not in categories", and so
// for unknown images, bad boxes and double ids; NOT_FOUND names a missing file or picture.
Result<std::vector<SceneGraph>> ReadCoco(const CocoFiles& files);

// The 80 categories of COCO's detection task, for vocabularies; files name their own.
extern const std::array<std::string_view, 80> kCocoCategories;

}  // namespace flywheel

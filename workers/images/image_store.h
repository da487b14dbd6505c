// Names of images to pixels of the model's size: rendered scenes by their digest, photographs from
// files. The one place where tasks get pixels from. Keeps nothing but scene graphs in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "generators/scene_graph.h"

namespace flywheel {

struct ImageStoreOptions {
  std::vector<std::string> scenes;  // scenes.jsonl files; those that do not exist are left out
  std::string image_root;           // folder of photographs; empty: there are none
  int size = 64;                    // pixels a side
};

class ImageStore {
 public:
  // INVALID_ARGUMENT names a line that is no scene or whose image name is not its digest.
  static Result<ImageStore> Open(const ImageStoreOptions& options);

  // RGB row by row, [size, size, 3]. "scene:<digest>" is rendered; anything else is a path below
  // image_root, padded to a square with its mean colour and resized by area. NOT_FOUND when there
  // is no such scene or file; INVALID_ARGUMENT when it cannot be decoded or leaves image_root. Safe
  // to call from several threads.
  Result<std::vector<uint8_t>> Load(const std::string& image) const;

  // The same, into `pixels`, which has size * size * 3 bytes.
  Status LoadInto(const std::string& image, uint8_t* pixels) const;

  int size() const { return options_.size; }

 private:
  explicit ImageStore(ImageStoreOptions options) : options_(std::move(options)) {}

  Status LoadScene(std::string_view digest, uint8_t* pixels) const;
  Status LoadPhoto(const std::string& image, uint8_t* pixels) const;

  ImageStoreOptions options_;
  std::unordered_map<std::string, SceneGraph> scenes_;  // by digest
};

}  // namespace flywheel

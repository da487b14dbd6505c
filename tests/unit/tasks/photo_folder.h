// A folder of small pictures with annotations in COCO's format, for tests of what reads them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace flywheel {

struct PhotoFolder {
  nlohmann::json instances;
  nlohmann::json captions;

  // `count` pictures, each with objects of three categories and two captions. Writes the pictures
  // to <root>/images; call Save after changing the annotations.
  PhotoFolder(const std::string& root, int count);
  void Save() const;

  std::string root;
};

// The `data` parameter that reads it.
nlohmann::json PhotoSource();

}  // namespace flywheel

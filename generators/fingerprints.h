// What training data must not repeat: hashes of a benchmark's scenes, pictures and questions. The
// file holds one SHA-256 a line, sorted, and no text, so that it can go where questions must not.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "generators/scene_graph.h"

namespace flywheel {

// Of the scene graph without its image name.
std::string SceneFingerprint(const SceneGraph& scene);
// Of the bytes of a picture file.
std::string PictureFingerprint(std::string_view bytes);
// Of a question about one image: the same words about another image are another question.
std::string QuestionFingerprint(std::string_view image, std::string_view question);

class Fingerprints {
 public:
  // A last line without an end counts. INVALID_ARGUMENT names the line that is no SHA-256.
  static Result<Fingerprints> Read(const std::string& path);
  Status Write(const std::string& path) const;

  // False when it was there already.
  bool Add(const std::string& fingerprint) { return hashes_.insert(fingerprint).second; }
  bool Contains(const std::string& fingerprint) const { return hashes_.contains(fingerprint); }
  size_t size() const { return hashes_.size(); }

 private:
  std::unordered_set<std::string> hashes_;
};

}  // namespace flywheel

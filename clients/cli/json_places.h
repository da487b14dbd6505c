// Where the members of a JSON text stand, so that an error about a value can name its line. Reads
// the text a second time; says nothing about whether the values are right.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace flywheel {

class JsonPlaces {
 public:
  // `source` names the text in errors, such as a path.
  JsonPlaces(std::string_view text, std::string source);

  // Members at or below `path` come from elsewhere, such as "--set train.epochs=2".
  void Override(const std::string& path, const std::string& source);

  // "campaign.json:12: train.epochs" for the member or, where the text has none, for the nearest
  // one above it. The whole text is the path "".
  std::string Describe(const std::string& path) const;

 private:
  std::string source_;
  std::map<std::string, int> lines_;
  std::map<std::string, std::string> overrides_;
};

// "a.b" from "a" and "b"; the member itself at the top.
std::string JoinPath(std::string_view parent, std::string_view member);

}  // namespace flywheel

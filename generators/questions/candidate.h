// One thing that can be asked about a scene, before phrasing and options are chosen. Families list
// candidates; the question maker draws among them.
#pragma once

#include <string>
#include <vector>

namespace flywheel {

struct Candidate {
  std::string family = {};  // "location"
  // Names family and referent, not the phrasing: two candidates with one key ask the same thing.
  std::string key = {};
  std::vector<std::string> phrasings = {};
  std::string answer = {};
  // Wrong options, none true of the image. Those in `hard` look right to who looks carelessly
  // (other colours of the image, say) and are taken first, at most two of them unless `other` runs
  // out.
  std::vector<std::string> hard = {};
  std::vector<std::string> other = {};
  // For counts instead of `hard` and `other`: the options are four consecutive numbers that hold
  // this one, every such run from zero up equally likely.
  int number = kNoNumber;

  static constexpr int kNoNumber = -1;
};

using Candidates = std::vector<Candidate>;

}  // namespace flywheel

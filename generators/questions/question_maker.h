// Questions of SEED-Bench's nine image types about a scene graph: four options, one right answer,
// referents that only one thing answers to. What cannot be asked with certainty is not asked. Which
// families exist for which source: generators/README.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "generators/questions/candidate.h"
#include "generators/scene_graph.h"

namespace flywheel {

inline constexpr int kChoices = 4;

struct MadeQuestion {
  int type = 0;  // 1 to 9
  std::string family;
  std::string key;  // see Candidate
  std::string question;
  std::vector<std::string> choices;  // kChoices of them, all different
  int answer = 0;                    // index into choices

  const std::string& direct_answer() const { return choices[static_cast<size_t>(answer)]; }
  bool operator==(const MadeQuestion&) const = default;
};

// What wrong options of photographs are taken from. Rendered scenes need none of it.
struct PhotoContext {
  struct Caption {
    std::string image;
    std::string text;                    // as TidyCaption leaves it
    std::vector<std::string> mentioned;  // categories that image shows and the text names
  };
  std::vector<std::string> categories;  // that occur in any of the photographs, sorted
  std::vector<Caption> captions;
};

// Captions and categories of the photographs among `scenes`. Build one from the benchmark and one
// from the bank, never from both, or options leak from one to the other.
PhotoContext MakePhotoContext(const std::vector<SceneGraph>& scenes);

// Lower case, single spaces, no full stop at the end.
std::string TidyCaption(std::string_view caption);

class QuestionMaker {
 public:
  QuestionMaker() = default;
  explicit QuestionMaker(PhotoContext photos) : photos_(std::move(photos)) {}

  // Types from 1 to 9 that at least one question can be asked of, ascending.
  std::vector<int> TypesOf(const SceneGraph& scene) const;

  // A question of `type` whose key is not in `asked`; family, referent, phrasing and options are
  // drawn from `rng`. Nothing when the scene has none left.
  std::optional<MadeQuestion> Make(const SceneGraph& scene, int type, Rng& rng,
                                   const std::set<std::string>& asked) const;

  // Everything of `type` that can be asked of the scene.
  Candidates CandidatesOf(const SceneGraph& scene, int type) const;

 private:
  PhotoContext photos_;
};

// Swaps the right answer to `position`, for benchmarks whose letters are balanced exactly.
void MoveAnswer(MadeQuestion& question, int position);

}  // namespace flywheel

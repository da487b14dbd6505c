#include "generators/questions/question_maker.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/check.h"
#include "base/records/question.h"
#include "generators/questions/coco_families.h"
#include "generators/questions/referents.h"
#include "generators/questions/world_families.h"

namespace flywheel {
namespace {

constexpr size_t kMaxHard = 2;

// A wrong option must differ from the answer and from the others.
void Offer(std::string option, std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), option) == choices.end()) {
    choices.push_back(std::move(option));
  }
}

// The answer first, then the others of a run of consecutive numbers.
std::vector<std::string> DrawNumbers(const Candidate& candidate, Rng& rng) {
  const int lowest = std::max(0, candidate.number - (kChoices - 1));
  const auto first = static_cast<int>(rng.Between(lowest, candidate.number));
  std::vector<std::string> choices = {candidate.answer};
  for (int i = first; i < first + kChoices; ++i) Offer(NumberWord(i), choices);
  std::vector<std::string> wrong(choices.begin() + 1, choices.end());
  rng.Shuffle(wrong);
  std::copy(wrong.begin(), wrong.end(), choices.begin() + 1);
  return choices;
}

// The answer first, then wrong options; fewer than kChoices when the candidate has too few.
std::vector<std::string> DrawChoices(Candidate& candidate, Rng& rng) {
  if (candidate.number != Candidate::kNoNumber) return DrawNumbers(candidate, rng);
  std::vector<std::string> choices = {candidate.answer};
  rng.Shuffle(candidate.hard);
  rng.Shuffle(candidate.other);
  for (std::string& option : candidate.hard) {
    if (choices.size() < 1 + kMaxHard) Offer(option, choices);
  }
  for (const std::vector<std::string>* pool : {&candidate.other, &candidate.hard}) {
    for (const std::string& option : *pool) {
      if (choices.size() < kChoices) Offer(option, choices);
    }
  }
  return choices;
}

size_t OptionsOf(const Candidate& candidate) {
  if (candidate.number != Candidate::kNoNumber) return kChoices;
  std::set<std::string> options = {candidate.answer};
  options.insert(candidate.hard.begin(), candidate.hard.end());
  options.insert(candidate.other.begin(), candidate.other.end());
  return options.size();
}

// First a family, then one of its candidates: a family with many referents does not crowd out the
// others.
Candidate& Draw(Candidates& candidates, Rng& rng) {
  std::vector<std::string> families;
  for (const Candidate& candidate : candidates) {
    if (families.empty() || families.back() != candidate.family) {
      families.push_back(candidate.family);
    }
  }
  const std::string& family = rng.Pick(families);
  std::vector<size_t> members;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].family == family) members.push_back(i);
  }
  return candidates[rng.Pick(members)];
}

}  // namespace

std::string TidyCaption(std::string_view caption) {
  std::string text;
  for (const char c : caption) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isspace(byte)) {
      if (!text.empty() && text.back() != ' ') text.push_back(' ');
    } else {
      text.push_back(byte < 0x80 ? static_cast<char>(std::tolower(byte)) : c);
    }
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text;
}

Candidates QuestionMaker::CandidatesOf(const SceneGraph& scene, int type) const {
  FW_CHECK(type >= kFirstImageType && type <= kLastImageType, "an image type is from 1 to 9");
  Candidates candidates = scene.source == SceneSource::kWorld
                              ? WorldCandidates(scene, type)
                              : CocoCandidates(scene, type, photos_);
  std::erase_if(candidates, [](const Candidate& one) { return OptionsOf(one) < kChoices; });
  return candidates;
}

std::vector<int> QuestionMaker::TypesOf(const SceneGraph& scene) const {
  std::vector<int> types;
  for (int type = kFirstImageType; type <= kLastImageType; ++type) {
    if (!CandidatesOf(scene, type).empty()) types.push_back(type);
  }
  return types;
}

std::optional<MadeQuestion> QuestionMaker::Make(const SceneGraph& scene, int type, Rng& rng,
                                                const std::set<std::string>& asked) const {
  Candidates candidates = CandidatesOf(scene, type);
  std::erase_if(candidates, [&](const Candidate& one) { return asked.contains(one.key); });
  if (candidates.empty()) return std::nullopt;
  Candidate& chosen = Draw(candidates, rng);
  MadeQuestion made;
  made.type = type;
  made.family = chosen.family;
  made.key = chosen.key;
  made.question = rng.Pick(chosen.phrasings);
  made.choices = DrawChoices(chosen, rng);
  MoveAnswer(made, static_cast<int>(rng.Below(kChoices)));
  return made;
}

void MoveAnswer(MadeQuestion& question, int position) {
  FW_CHECK(position >= 0 && position < static_cast<int>(question.choices.size()),
           "a position outside the choices");
  std::swap(question.choices[static_cast<size_t>(question.answer)],
            question.choices[static_cast<size_t>(position)]);
  question.answer = position;
}

}  // namespace flywheel

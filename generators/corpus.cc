#include "generators/corpus.h"

#include "base/rng.h"
#include "generators/base_mixture.h"
#include "generators/coco.h"
#include "generators/questions/coco_families.h"
#include "generators/questions/question_maker.h"
#include "generators/world/scene_sampler.h"
#include "generators/world/words.h"

namespace flywheel {
namespace {

// Every word of the world by itself, however rarely a scene has it.
void AddWords(std::vector<std::string>& lines) {
  const auto add = [&](const auto& words) {
    lines.insert(lines.end(), words.begin(), words.end());
  };
  add(world::kShapes);
  add(world::kColours);
  add(world::kSizes);
  add(world::kPlaces);
  add(world::kDaylights);
  add(world::kAgents);
  add(world::kPredicates);
  add(world::kRegions);
  add(world::kSignTexts);
}

void AddCategories(std::vector<std::string>& lines) {
  for (const std::string_view category : kCocoCategories) {
    const std::string one(category);
    const std::string many = PluralOfCategory(category);
    lines.push_back(one);
    lines.push_back("where is the " + one + "?");
    lines.push_back("how many " + many + " are there in the image?");
  }
  for (const std::string_view phrase :
       {"which sentence describes the image best?", "what is shown in the image?",
        "which description fits the image?", "what can be found in the image?"}) {
    lines.emplace_back(phrase);
  }
}

}  // namespace

std::vector<std::string> TokenizerCorpus(uint64_t seed, int lines) {
  std::vector<std::string> corpus;
  AddWords(corpus);
  AddCategories(corpus);
  const QuestionMaker maker;
  BaseMixture mixture;
  mixture.seed = seed;
  mixture.images = lines;
  for (int64_t i = 0; static_cast<int>(corpus.size()) < lines; ++i) {
    const BaseSample sample = MakeBaseSample(mixture, i);
    const std::string lead = std::string(kImageToken) + "\n";
    for (const LlavaTurn& turn : sample.row.conversations) {
      corpus.push_back(turn.value.starts_with(lead) ? turn.value.substr(lead.size()) : turn.value);
    }
    corpus.push_back(world::SceneCaption(sample.scene, world::CaptionDetail::kEverything));
    Rng rng(DeriveSeed(seed, static_cast<uint64_t>(i)));
    for (const int type : maker.TypesOf(sample.scene)) {
      const auto made = maker.Make(sample.scene, type, rng, {});
      if (!made) continue;
      corpus.push_back(made->question);
      corpus.insert(corpus.end(), made->choices.begin(), made->choices.end());
    }
  }
  return corpus;
}

}  // namespace flywheel

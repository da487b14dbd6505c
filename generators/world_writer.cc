#include "generators/world_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/io/files.h"
#include "base/records/question.h"
#include "base/rng.h"
#include "generators/letters.h"
#include "generators/questions/question_maker.h"
#include "generators/visual_genome.h"
#include "generators/world/renderer.h"
#include "generators/world/scene_sampler.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr int kTypes = kLastImageType - kFirstImageType + 1;

// SEED-Bench writes names of images without an extension.
std::string DataId(int image_id) { return std::to_string(image_id); }

struct AskedQuestion {
  int image_id = 0;
  MadeQuestion made;
};

// The world's scenes and what was asked about each so far.
struct World {
  std::vector<SceneGraph> scenes;
  std::vector<std::set<std::string>> asked;
  std::vector<AskedQuestion> questions;
};

// Asks questions of one type, a scene after the other, round and round until no scene has one left.
int AskType(World& world, int type, int count, uint64_t seed) {
  const QuestionMaker maker;
  Rng rng(DeriveSeed(seed, static_cast<uint64_t>(type)));
  Letters letters(rng.Next());
  int made_count = 0;
  for (bool progress = true; progress && made_count < count;) {
    progress = false;
    for (size_t i = 0; i < world.scenes.size() && made_count < count; ++i) {
      auto made = maker.Make(world.scenes[i], type, rng, world.asked[i]);
      if (!made) continue;
      world.asked[i].insert(made->key);
      MoveAnswer(*made, letters.Next(type));
      world.questions.push_back({static_cast<int>(i) + 1, *std::move(made)});
      ++made_count;
      progress = true;
    }
  }
  return made_count;
}

json SeedBench(const World& world) {
  json questions = json::array();
  int number = 0;
  for (const AskedQuestion& asked : world.questions) {
    const MadeQuestion& made = asked.made;
    json one = {{"answer", std::string(1, static_cast<char>('A' + made.answer))},
                {"data_id", DataId(asked.image_id)},
                {"data_type", "image"},
                {"question", made.question},
                {"question_id", std::to_string(++number)},
                {"question_type_id", made.type}};
    for (int i = 0; i < kChoices; ++i) {
      one[fmt::format("choice_{}", static_cast<char>('a' + i))] =
          made.choices[static_cast<size_t>(i)];
    }
    questions.push_back(std::move(one));
  }
  json types = json::object();
  for (int type = kFirstImageType; type <= kLastImageType; ++type) {
    types[QuestionTypeName(type)] = type;
  }
  return {{"question_type", types}, {"questions", questions}};
}

Status CheckOptions(const WorldOptions& options) {
  if (options.out.empty()) return InvalidArgument("out: expected a folder, found nothing");
  if (options.scenes < 1)
    return InvalidArgument(fmt::format("scenes: expected at least 1, found {}", options.scenes));
  if (options.questions < 0)
    return InvalidArgument(
        fmt::format("questions: expected a number from 0 up, found {}", options.questions));
  return OkStatus();
}

Result<WorldSummary> AskAll(World& world, const WorldOptions& options) {
  WorldSummary summary;
  summary.scenes = options.scenes;
  for (int index = 0; index < kTypes; ++index) {
    const int type = kFirstImageType + index;
    // Evenly, the first types taking what is left over.
    const int count = options.questions / kTypes + (index < options.questions % kTypes ? 1 : 0);
    const int made = AskType(world, type, count, DeriveSeed(options.seed, "questions"));
    if (made < count) {
      return InvalidArgument(
          fmt::format("questions: {} scenes offer {} questions of type {} ({}), {} are wanted; ask "
                      "for fewer questions or more scenes",
                      options.scenes, made, type, QuestionTypeName(type), count));
    }
    summary.by_type[type] = made;
    summary.questions += made;
  }
  return summary;
}

// A sign can be asked about once and an agent twice: where many questions are wanted, more scenes
// have them.
world::SceneOptions SceneOptionsFor(const WorldOptions& options) {
  const double wanted = static_cast<double>(options.questions) / kTypes / options.scenes;
  world::SceneOptions scenes;
  scenes.sign_share = std::clamp(wanted * 1.3, scenes.sign_share, 1.0);
  scenes.agent_share = std::clamp(wanted * 1.3 / 2, scenes.agent_share, 1.0);
  return scenes;
}

}  // namespace

Result<WorldSummary> WriteWorld(const WorldOptions& options) {
  FW_TRY(CheckOptions(options));
  World world;
  std::set<std::string> taken;
  world.scenes = world::SampleScenes(DeriveSeed(options.seed, "scenes"), options.scenes,
                                     SceneOptionsFor(options), taken);
  world.asked.resize(world.scenes.size());
  FW_ASSIGN(WorldSummary summary, AskAll(world, options));
  FW_TRY(MakeDirectories(options.out + "/images"));
  VisualGenome files;
  for (size_t i = 0; i < world.scenes.size(); ++i) {
    const int image_id = static_cast<int>(i) + 1;
    FW_TRY(world::WritePng(world.scenes[i],
                           fmt::format("{}/images/{}.png", options.out, DataId(image_id))));
    AddScene(files, world.scenes[i], image_id);
  }
  FW_TRY(WriteVisualGenome(files, options.out));
  FW_TRY(WriteSceneGraphs(options.out + "/scene_graphs.jsonl", world.scenes));
  FW_TRY(WriteFile(options.out + "/SEED-Bench.json", SeedBench(world).dump(1) + "\n"));
  return summary;
}

}  // namespace flywheel

#include "workers/generate/generate_parameters.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <utility>

#include "base/io/json.h"

namespace flywheel {
namespace {

// More would not fit a training set into memory; a typo should not try.
constexpr int32_t kMostImages = 10'000'000;
constexpr int32_t kMostQuestionsPerImage = 64;
constexpr double kMostReplay = 100;

void Within(JsonObjectReader& reader, std::string_view name, int32_t value, int32_t most) {
  if (value < 1 || value > most) {
    reader.Fail(name, fmt::format("expected 1 to {}, found {}", most, value));
  }
}

Status ReadPool(const nlohmann::json& value, const std::string& where, PoolParameters* pool) {
  bool keep_near_duplicates = false;
  JsonObjectReader reader(value, where);
  reader.Required("path", &pool->path);
  reader.Optional("images_root", &pool->images_root);
  reader.Optional("where", &pool->where);
  reader.Optional("min_score", &pool->min_score);
  reader.Optional("keep_near_duplicates", &keep_near_duplicates);
  if (pool->path.empty()) reader.Fail("path", "expected the folder of a pool, found \"\"");
  if (!(pool->min_score >= 0 && pool->min_score <= 1)) {
    reader.Fail("min_score", fmt::format("expected 0 to 1, found {}", pool->min_score));
  }
  if (keep_near_duplicates) pool->near_duplicates = NearDuplicatePolicy::kKeep;
  return reader.Finish();
}

Result<SourceParameters> ReadSource(const nlohmann::json& value, const std::string& where) {
  SourceParameters source;
  nlohmann::json pool;
  nlohmann::json scene_graph;
  JsonObjectReader reader(value, where);
  reader.Required("share", &source.share);
  reader.Optional("pool", &pool);
  reader.Optional("scene_graph", &scene_graph);
  if (!(source.share > 0 && std::isfinite(source.share))) {
    reader.Fail("share", fmt::format("expected a number above 0, found {}", source.share));
  }
  FW_TRY(reader.Finish());
  if (pool.is_null() == scene_graph.is_null()) {
    return InvalidArgument(where + ": expected one of scene_graph and pool");
  }
  if (!pool.is_null()) FW_TRY(ReadPool(pool, where + ".pool", &source.pool.emplace()));
  return source;
}

Status ReadSources(const nlohmann::json& value, std::vector<SourceParameters>* sources) {
  const std::string where = "parameters.generate.sources";
  if (!value.is_null() && !value.is_array()) {
    return InvalidArgument(
        fmt::format("{}: expected an array, found {}", where, value.type_name()));
  }
  for (size_t i = 0; i < value.size(); ++i) {
    FW_ASSIGN(SourceParameters source, ReadSource(value[i], fmt::format("{}[{}]", where, i)));
    sources->push_back(std::move(source));
  }
  // The bank's scene graphs alone.
  if (sources->empty()) sources->emplace_back();
  return OkStatus();
}

Status ReadGenerateSpec(const nlohmann::json& value, GenerateParameters* parameters) {
  JsonObjectReader reader(value, "parameters.generate");
  reader.Required("images", &parameters->images);
  reader.Required("questions_per_image", &parameters->questions_per_image);
  reader.Optional("replay_ratio", &parameters->replay_ratio);
  nlohmann::json sources;
  reader.Optional("sources", &sources);
  Within(reader, "images", parameters->images, kMostImages);
  Within(reader, "questions_per_image", parameters->questions_per_image, kMostQuestionsPerImage);
  if (!(parameters->replay_ratio >= 0 && parameters->replay_ratio <= kMostReplay)) {
    reader.Fail("replay_ratio",
                fmt::format("expected 0 to {}, found {}", kMostReplay, parameters->replay_ratio));
  }
  FW_TRY(reader.Finish());
  return ReadSources(sources, &parameters->sources);
}

}  // namespace

Result<GenerateParameters> ReadGenerateParameters(const nlohmann::json& value) {
  GenerateParameters parameters;
  nlohmann::json generate;
  std::string start;
  JsonObjectReader reader(value, "parameters");
  reader.Required("iteration", &parameters.iteration);
  reader.Required("generate", &generate);
  reader.Required("start", &start);
  reader.Optional("image_root", &parameters.image_root);
  reader.Required("evaluation", &parameters.evaluation);
  if (start == "BASE") {
    parameters.start = TrainingStart::kBase;
  } else if (start != "CHAMPION") {
    reader.Fail("start", fmt::format("expected CHAMPION or BASE, found '{}'", start));
  }
  if (parameters.iteration < 1) {
    reader.Fail("iteration", fmt::format("expected at least 1, found {}", parameters.iteration));
  }
  FW_TRY(reader.Finish());
  FW_TRY(ReadGenerateSpec(generate, &parameters));
  return parameters;
}

}  // namespace flywheel

#include "workers/generate/generate_parameters.h"

#include <fmt/format.h>

#include <string_view>

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

Status ReadGenerateSpec(const nlohmann::json& value, GenerateParameters* parameters) {
  JsonObjectReader reader(value, "parameters.generate");
  reader.Required("images", &parameters->images);
  reader.Required("questions_per_image", &parameters->questions_per_image);
  reader.Optional("replay_ratio", &parameters->replay_ratio);
  Within(reader, "images", parameters->images, kMostImages);
  Within(reader, "questions_per_image", parameters->questions_per_image, kMostQuestionsPerImage);
  if (!(parameters->replay_ratio >= 0 && parameters->replay_ratio <= kMostReplay)) {
    reader.Fail("replay_ratio",
                fmt::format("expected 0 to {}, found {}", kMostReplay, parameters->replay_ratio));
  }
  return reader.Finish();
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

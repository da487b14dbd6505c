#include "workers/pretrain/base_rows.h"

#include <algorithm>

#include "generators/world/renderer.h"

namespace flywheel::pretrain {
namespace {

constexpr std::string_view kLead = "<image>\n";

}  // namespace

llava::TrainingRow ToTrainingRow(const LlavaRow& row, int32_t image,
                                 const llava::Tokenizer& tokenizer) {
  llava::TrainingRow training;
  training.image = image;
  for (size_t i = 0; i + 1 < row.conversations.size(); i += 2) {
    std::string_view question = row.conversations[i].value;
    if (question.starts_with(kLead)) question.remove_prefix(kLead.size());
    training.turns.push_back(tokenizer.MakeTurn(question, row.conversations[i + 1].value));
  }
  return training;
}

BaseData MakeBaseData(const BaseMixture& mixture, const llava::Tokenizer& tokenizer) {
  BaseData data;
  for (int32_t i = 0; i < mixture.images; ++i) {
    BaseSample sample = MakeBaseSample(mixture, i);
    data.rows.push_back(ToTrainingRow(sample.row, i, tokenizer));
    data.scenes.push_back(std::move(sample.scene));
  }
  return data;
}

llava::PixelSource RenderScenes(const std::vector<SceneGraph>& scenes) {
  return [&scenes](int64_t index, std::span<uint8_t> rgb) -> Status {
    FW_ASSIGN(const world::Pixels pixels, world::Render(scenes[static_cast<size_t>(index)]));
    if (pixels.size() != rgb.size()) {
      return InvalidArgument("the model's images do not have the world's size");
    }
    std::copy(pixels.begin(), pixels.end(), rgb.begin());
    return OkStatus();
  };
}

}  // namespace flywheel::pretrain

// Scenes and LLaVA rows as the model's own input: pixels rendered on demand, texts as tokens.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "generators/base_mixture.h"
#include "generators/scene_graph.h"
#include "pool/formats/llava_row.h"
#include "workers/llava/features.h"
#include "workers/llava/samples.h"
#include "workers/llava/tokenizer.h"

namespace flywheel::pretrain {

struct BaseData {
  std::vector<SceneGraph> scenes;
  std::vector<llava::TrainingRow> rows;  // row i is about scene i
};

BaseData MakeBaseData(const BaseMixture& mixture, const llava::Tokenizer& tokenizer);

// The turns of a row without the image token.
llava::TrainingRow ToTrainingRow(const LlavaRow& row, int32_t image,
                                 const llava::Tokenizer& tokenizer);

// Pixels of `scenes`, which must outlive the source.
llava::PixelSource RenderScenes(const std::vector<SceneGraph>& scenes);

}  // namespace flywheel::pretrain

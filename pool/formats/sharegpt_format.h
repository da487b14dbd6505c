// LLaMA-Factory's multimodal form of ShareGPT's records as LLaVA rows: messages or conversations,
// with role and content or from and value, and a list of images. See "sharegpt" in LLaMA-Factory's
// data/README.md. Rows with videos, audios or several images are refused, not cut.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "pool/formats/llava_row.h"

namespace flywheel {

// The id stays empty where the record has none. Not yet checked as a LLaVA row.
Result<LlavaRow> RowFromShareGpt(const nlohmann::json& value);

}  // namespace flywheel

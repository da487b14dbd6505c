// The base model that a campaign begins with: a folder with configuration, weights and tokenizer.
// Checked as far as it goes without loading it, and copied, so that the campaign owns its bytes.
#pragma once

#include <string>

#include "base/status.h"

namespace flywheel {

// Copies config.json, model.safetensors, tokenizer.model and, where there is one,
// base_mixture.json from folder `base` to the new folder `target`; other files (a README) are not
// part of a model. INVALID_ARGUMENT names the file that is missing or is not what its name says.
Status CopyBaseModel(const std::string& base, const std::string& target);

}  // namespace flywheel

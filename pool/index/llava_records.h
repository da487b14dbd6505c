// A pool's samples as LLaVA records in JSON, whatever format their sources are in: one that is
// LLaVA's already comes as it stands in its source, byte for byte.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "pool/index/pool_manifest.h"

namespace flywheel {

// `id` is what the pool calls the sample: it becomes the id of a record that has none.
Result<std::string> LlavaRecordOf(const PoolDataset& dataset, std::string_view id,
                                  std::string record);

}  // namespace flywheel

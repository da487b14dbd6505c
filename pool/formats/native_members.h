// Members of the records of COCO's and VQA's own files, with errors that name them. Included by
// pool/native_*.cc alone.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pool/formats/native_rows.h"

namespace flywheel {

// A whole number that is not negative.
Result<int64_t> NativeId(const nlohmann::json& record, const char* name);
// A text without the white space around it, which some captions end in; not empty.
Result<std::string> NativeText(const nlohmann::json& record, const char* name);
// "coco/<name>", or the name alone.
std::string NativeImage(const NativeOptions& options, std::string_view name);
// "annotations[12] (id 7)".
std::string NativePlace(std::string_view member, int64_t index, const nlohmann::json& record,
                        const char* id);

}  // namespace flywheel

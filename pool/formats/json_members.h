// Large JSON files that are one object, such as COCO's annotations: the elements of one of its
// arrays, one at a time, whatever the size of the file. The whole file is parsed, so that a cut or
// damaged one is noticed; nothing but the element at hand is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flywheel {

// Whether the file is read on after the array that was asked for.
enum class RestOfFile { kRead, kSkip };

struct MemberQuery {
  std::string_view member;  // "annotations"
  RestOfFile rest = RestOfFile::kRead;
};

// Calls `element` with each element of the array and its index from 0; stops at its first failure
// and says "<path>: annotations[12]: ...". INVALID_ARGUMENT "<path>: not valid JSON at byte 812:
// ..." or
// "<path>: has no annotations; found info, images".
Status ForEachMemberElement(
    const std::string& path, const MemberQuery& query,
    const std::function<Status(const nlohmann::json& element, int64_t index)>& element);

// The text of a top-level member that is a string; reads no further. NOT_FOUND where there is none.
Result<std::string> ReadMemberText(const std::string& path, std::string_view member);

}  // namespace flywheel

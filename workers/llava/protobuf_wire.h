// Walks the fields of one protobuf message in its wire format. For tokenizer.cc, which reads two
// small messages and cannot have the library.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/status.h"

namespace flywheel::llava {

struct WireField {
  uint32_t number = 0;
  uint64_t value = 0;      // of varints and of fixed 32 or 64 bits
  std::string_view bytes;  // of length-delimited fields
};

// Calls `field` for each; stops at its first failure. INVALID_ARGUMENT when the bytes are no
// message.
Status ForEachField(std::string_view message, const std::function<Status(const WireField&)>& field);

}  // namespace flywheel::llava

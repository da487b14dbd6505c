// Whether the bytes of a picture are all there. Decoders fill what is missing with grey and go on;
// here half a download is an error. Knows JPEG and PNG, takes anything else as it is.
#pragma once

#include <string_view>

#include "base/status.h"

namespace flywheel {

// INVALID_ARGUMENT: "is cut short: a JPEG of 20000 bytes without its end marker".
Status CheckWholePicture(std::string_view bytes);

}  // namespace flywheel

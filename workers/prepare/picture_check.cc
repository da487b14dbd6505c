#include "workers/prepare/picture_check.h"

#include <fmt/format.h>

namespace flywheel {
namespace {

using std::string_view_literals::operator""sv;

Status CutShort(std::string_view format, std::string_view bytes) {
  return InvalidArgument(
      fmt::format("is cut short: a {} of {} bytes without its end marker", format, bytes.size()));
}

}  // namespace

Status CheckWholePicture(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) {
    // The end marker must follow the last scan: thumbnails in the header have one too. Within a
    // scan the byte FF is always escaped, so neither marker occurs there by chance.
    const size_t scan = bytes.rfind("\xFF\xDA"sv);
    const size_t end = bytes.rfind("\xFF\xD9"sv);
    const bool whole = scan != bytes.npos && end != bytes.npos && end > scan;
    return whole ? OkStatus() : CutShort("JPEG", bytes);
  }
  if (bytes.starts_with("\x89PNG"sv)) {
    return bytes.rfind("IEND"sv) != bytes.npos ? OkStatus() : CutShort("PNG", bytes);
  }
  return OkStatus();
}

}  // namespace flywheel

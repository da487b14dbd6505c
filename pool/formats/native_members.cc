#include "pool/formats/native_members.h"

#include <fmt/format.h>

namespace flywheel {

Result<int64_t> NativeId(const nlohmann::json& record, const char* name) {
  if (!record.is_object()) {
    return InvalidArgument(fmt::format("expected an object, found {}", record.type_name()));
  }
  const auto found = record.find(name);
  if (found == record.end()) return InvalidArgument(fmt::format("{}: is missing", name));
  if (found->is_number_unsigned() && found->get<uint64_t>() <= INT64_MAX) {
    return found->get<int64_t>();
  }
  return InvalidArgument(fmt::format("{}: expected a whole number from 0 to 2^63 - 1, found {}",
                                     name,
                                     found->is_number() ? found->dump() : found->type_name()));
}

Result<std::string> NativeText(const nlohmann::json& record, const char* name) {
  if (!record.is_object()) {
    return InvalidArgument(fmt::format("expected an object, found {}", record.type_name()));
  }
  const auto found = record.find(name);
  if (found == record.end()) return InvalidArgument(fmt::format("{}: is missing", name));
  if (!found->is_string()) {
    return InvalidArgument(
        fmt::format("{}: expected a string, found {}", name, found->type_name()));
  }
  const std::string& text = found->get_ref<const std::string&>();
  constexpr const char* kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) {
    return InvalidArgument(fmt::format("{}: expected a text, found none", name));
  }
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::string NativeImage(const NativeOptions& options, std::string_view name) {
  if (options.image_folder.empty()) return std::string(name);
  return fmt::format("{}/{}", options.image_folder, name);
}

std::string NativePlace(std::string_view member, int64_t index, const nlohmann::json& record,
                        const char* id) {
  const Result<int64_t> known = NativeId(record, id);
  if (!known.ok()) return fmt::format("{}[{}]", member, index);
  return fmt::format("{}[{}] (id {})", member, index, *known);
}

}  // namespace flywheel

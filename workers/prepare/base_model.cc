#include "workers/prepare/base_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {
namespace {

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kWeights = "model.safetensors";
constexpr std::string_view kTokenizer = "tokenizer.model";
constexpr std::string_view kBaseMixture = "base_mixture.json";

Status CheckJsonObject(const std::string& path, const std::string& text) {
  FW_ASSIGN(const nlohmann::json value, ParseJson(text, path));
  if (!value.is_object()) {
    return InvalidArgument(
        fmt::format("{}: expected an object, found {}", path, value.type_name()));
  }
  return OkStatus();
}

// A safetensors file is the length of its header (8 bytes, little endian), the header in JSON, and
// as many bytes as the header's last tensor says. Cut and empty files are what goes wrong in
// copies.
Status CheckSafetensors(const std::string& path, const std::string& bytes) {
  uint64_t header = 0;
  for (size_t i = 0; i < 8 && i < bytes.size(); ++i) {
    header |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  }
  if (bytes.size() < 8 || header > bytes.size() - 8) {
    return InvalidArgument(
        fmt::format("{}: expected a safetensors file, found {} bytes that do not hold its header",
                    path, bytes.size()));
  }
  FW_ASSIGN(const nlohmann::json tensors,
            ParseJson(std::string_view(bytes).substr(8, header), path + " (header)"));
  uint64_t end = 0;
  for (const auto& [name, tensor] : tensors.items()) {
    if (name == "__metadata__") continue;
    const auto offsets = tensor.find("data_offsets");
    if (offsets == tensor.end() || !offsets->is_array() || offsets->size() != 2 ||
        !(*offsets)[1].is_number_unsigned()) {
      return InvalidArgument(fmt::format("{}: tensor '{}' has no data_offsets", path, name));
    }
    end = std::max(end, (*offsets)[1].get<uint64_t>());
  }
  if (end != bytes.size() - 8 - header) {
    return InvalidArgument(fmt::format("{}: its tensors take {} bytes, found {}", path, end,
                                       bytes.size() - 8 - header));
  }
  return OkStatus();
}

Status CheckFile(std::string_view name, const std::string& path, const std::string& bytes) {
  if (bytes.empty()) return InvalidArgument(fmt::format("{}: is empty", path));
  if (name == kWeights) return CheckSafetensors(path, bytes);
  return name == kTokenizer ? OkStatus() : CheckJsonObject(path, bytes);
}

}  // namespace

Status CopyBaseModel(const std::string& base, const std::string& target) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(base, error)) {
    return InvalidArgument(fmt::format("model.base: expected a folder, found none at '{}'", base));
  }
  FW_TRY(MakeDirectories(target));
  for (const std::string_view name : {kConfig, kWeights, kTokenizer, kBaseMixture}) {
    const std::string path = fmt::format("{}/{}", base, name);
    if (!fs::exists(path, error)) {
      if (name == kBaseMixture) continue;
      return InvalidArgument(fmt::format("model.base: {} has no {}", base, name));
    }
    FW_ASSIGN(const std::string bytes, ReadFile(path));
    FW_TRY(CheckFile(name, path, bytes).WithContext("model.base"));
    FW_TRY(WriteFile(fmt::format("{}/{}", target, name), bytes));
  }
  return OkStatus();
}

}  // namespace flywheel

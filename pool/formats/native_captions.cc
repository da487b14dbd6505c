#include "pool/formats/native_captions.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/rng.h"
#include "pool/formats/json_members.h"
#include "pool/formats/native_members.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kPrompts{
    "Describe this image in one short sentence.",
    "Write a short caption for the picture.",
    "What does the image show? Reply with a single sentence.",
    "Sum up what can be seen in this picture.",
    "Provide a brief caption of the image.",
};

using FileNames = std::unordered_map<int64_t, std::string>;

Result<FileNames> ReadFileNames(const std::string& path) {
  FileNames names;
  FW_TRY(ForEachMemberElement(path, {"images", RestOfFile::kSkip},
                              [&names](const json& image, int64_t) -> Status {
                                FW_ASSIGN(const int64_t id, NativeId(image, "id"));
                                FW_ASSIGN(std::string name, NativeText(image, "file_name"));
                                if (names.emplace(id, std::move(name)).second) return OkStatus();
                                return InvalidArgument(fmt::format("id: {} has come before", id));
                              }));
  return names;
}

Result<LlavaRow> RowOf(const json& annotation, const FileNames& names,
                       const NativeOptions& options) {
  FW_ASSIGN(const int64_t image, NativeId(annotation, "image_id"));
  FW_ASSIGN(const int64_t id, NativeId(annotation, "id"));
  FW_ASSIGN(const std::string caption, NativeText(annotation, "caption"));
  const auto name = names.find(image);
  if (name == names.end()) {
    return InvalidArgument(fmt::format("image_id: {} is not among the images", image));
  }
  LlavaRow row;
  row.id = fmt::format("{}_{}", options.id_prefix, id);
  row.image = NativeImage(options, name->second);
  row.conversations = {
      {"human", fmt::format("{}\n{}", kImageToken, CaptionPrompt(options.seed, row.id))},
      {"gpt", caption}};
  return row;
}

}  // namespace

std::string CaptionPrompt(uint64_t seed, std::string_view id) {
  return std::string(kPrompts[DeriveSeed(seed, id) % kPrompts.size()]);
}

Result<NativeCounts> ForEachCocoCaption(const std::string& path, const NativeOptions& options,
                                        const NativeSink& sink) {
  FW_ASSIGN(const FileNames names, ReadFileNames(path));
  NativeCounts counts;
  std::unordered_set<int64_t> captioned;
  FW_TRY(ForEachMemberElement(
      path, {"annotations", RestOfFile::kRead}, [&](const json& annotation, int64_t index) {
        Result<LlavaRow> row = RowOf(annotation, names, options);
        if (row.ok()) captioned.insert(NativeId(annotation, "image_id").value());
        return DeliverNativeRow(sink, NativePlace("annotations", index, annotation, "id"),
                                std::move(row), &counts);
      }));
  counts.unused = static_cast<int64_t>(names.size() - captioned.size());
  return counts;
}

}  // namespace flywheel

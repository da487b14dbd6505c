#include "pool/index/native_conversion.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/io/file_digest.h"
#include "base/io/files.h"
#include "pool/formats/native_captions.h"
#include "pool/formats/native_vqa.h"
#include "pool/formats/staged_file.h"

namespace flywheel {
namespace {

// Prompts are drawn by the seed and the id: the same in every import.
constexpr uint64_t kPromptSeed = 1;

Status Convert(const DatasetSource& source, StagedFile* out) {
  NativeOptions options;
  options.id_prefix = source.name;
  options.seed = kPromptSeed;
  NativeSink sink;
  sink.row = [out](LlavaRow&& row) { return out->Append(FormatLlavaRow(row) + "\n"); };
  sink.reject = [out](const std::string& place, const Status& why) {
    const nlohmann::json line = {{kRejectedMember, fmt::format("{}: {}", place, why.message())}};
    return out->Append(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  };
  if (source.format == SampleFormat::kCocoCaptions) {
    return ForEachCocoCaption(source.files.front(), options, sink).status();
  }
  return ForEachVqaQuestion({source.files[0], source.files[1]}, options, sink).status();
}

}  // namespace

bool NeedsConversion(SampleFormat format) {
  return format == SampleFormat::kCocoCaptions || format == SampleFormat::kVqaQuestions;
}

Result<DatasetSource> ConvertNative(const DatasetSource& source, const std::string& folder) {
  std::string digests;
  for (const std::string& path : source.files) {
    FW_ASSIGN(const FileDigest digest, DigestOfFile(path));
    digests += digest.digest;
  }
  constexpr size_t kDigits = 16;
  DatasetSource converted = source;
  converted.format = SampleFormat::kLlava;
  converted.files = {fmt::format("{}/{}.jsonl", folder,
                                 Sha256Hex(source.name + ":" + digests).substr(0, kDigits))};
  if (std::filesystem::exists(converted.files.front())) return converted;
  FW_TRY(MakeDirectories(folder));
  FW_ASSIGN(StagedFile out, StagedFile::Create(converted.files.front()));
  FW_TRY(Convert(source, &out));
  FW_TRY(out.Commit(Durability::kPowerCut));
  return converted;
}

}  // namespace flywheel

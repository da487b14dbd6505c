#include "workers/generate/pool_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/io/files.h"
#include "pool/formats/sample_format.h"
#include "pool/images/image_files.h"
#include "pool/index/llava_records.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLineage = "pool";
constexpr const char* kContentHash = "content_hash";

// `folder` relative to `root`; empty when it lies elsewhere.
std::string Below(const fs::path& root, const fs::path& folder) {
  const fs::path relative = folder.lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..") return "";
  return relative.generic_string();
}

// Without a slash at the end.
fs::path Normal(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return normal.has_filename() || normal == normal.root_path() ? normal : normal.parent_path();
}

std::string_view ProblemName(ImageProblem problem) {
  switch (problem) {
    case ImageProblem::kMissing:
      return "image is missing";
    case ImageProblem::kOutsideRoot:
      return "image leads out of its folder";
    case ImageProblem::kUnreadable:
      return "image cannot be read";
    case ImageProblem::kUndecodable:
      return "image cannot be decoded";
    case ImageProblem::kWrongExtension:
      return "";  // trainers read it all the same
  }
  return "";
}

// A turn without the place of the picture and without space around.
std::string WithoutToken(std::string turn) {
  const size_t token = turn.find(kImageToken);
  if (token != std::string::npos) turn.erase(token, kImageToken.size());
  const size_t begin = std::min(turn.find_first_not_of(" \n\r\t"), turn.size());
  const size_t end = turn.find_last_not_of(" \n\r\t");
  return end == std::string::npos ? "" : turn.substr(begin, end + 1 - begin);
}

// Records that an import takes and a LLaVA row cannot hold are not in any trainer's reach.
Result<LlavaRow> RowOf(const PoolDataset& dataset, SelectedRecord* record) {
  FW_ASSIGN(const std::string text, LlavaRecordOf(dataset, record->id, std::move(record->record)));
  return RowFromRecord(SampleFormat::kLlava, text, {dataset.name, 0});
}

}  // namespace

PoolRowMaker::PoolRowMaker(PoolRowPlace place, const PoolExclusions& exclusions)
    : place_(std::move(place)), exclusions_(exclusions) {}

Result<JudgedRow> PoolRowMaker::Make(const PoolDataset& dataset, SelectedRecord* record) {
  JudgedRow judged;
  PoolSample& sample = judged.sample;
  sample.name = fmt::format("{}:{}#{}", dataset.name, record->id, record->occurrence);
  sample.content_hash = record->content_hash;
  Result<LlavaRow> row = RowOf(dataset, record);
  if (!row.ok()) {
    judged.problem = "record is no LLaVA row";
    return judged;
  }
  // The tagger that ships gives these no type; a pool may be tagged by another.
  if (row->image.empty()) {
    judged.problem = "text without an image";
    return judged;
  }
  FW_ASSIGN(const Folder* folder, FolderOf(dataset));
  FW_ASSIGN(judged.problem, ProblemOfImage(*folder, *row));
  if (!judged.problem.empty()) return judged;
  row->id = fmt::format("{}-{}", place_.id_prefix, sample.name);
  row->image = (fs::path(folder->prefix) / row->image).lexically_normal().generic_string();
  row->other[kLineage] = {{"dataset", dataset.name},
                          {"id", record->id},
                          {"occurrence", record->occurrence},
                          {kContentHash, fmt::format("{:016x}", record->content_hash)}};
  if (AsksBenchmark(*row)) judged.problem = "question of the benchmark";
  // Two pools may call different samples the same.
  if (exclusions_.rows.contains(row->id)) judged.problem = "name of another pool's sample";
  sample.row = *std::move(row);
  return judged;
}

Result<const PoolRowMaker::Folder*> PoolRowMaker::FolderOf(const PoolDataset& dataset) {
  const auto known = folders_.find(dataset.name);
  if (known != folders_.end()) return &known->second;
  Folder folder;
  folder.root = place_.images_root.empty() ? dataset.images_root : place_.images_root;
  if (folder.root.empty()) {
    return InvalidArgument(
        fmt::format("the folder of images of data set {} is not known; import it again with "
                    "--images ROOT, give the source images_root, or leave the data set out with "
                    "where: \"dataset <> '{}'\"",
                    dataset.name, dataset.name));
  }
  folder.prefix = Below(Normal(place_.image_root), Normal(folder.root));
  if (folder.prefix.empty()) {
    // By another name, over a link.
    std::error_code error;
    folder.prefix = Below(fs::weakly_canonical(place_.image_root, error),
                          fs::weakly_canonical(folder.root, error));
  }
  if (folder.prefix.empty()) {
    return InvalidArgument(
        fmt::format("the images of data set {} lie in {}, expected a folder in data_root '{}': "
                    "training finds pictures by paths below it",
                    dataset.name, folder.root, place_.image_root));
  }
  return &folders_.emplace(dataset.name, std::move(folder)).first->second;
}

Result<std::string> PoolRowMaker::ProblemOfImage(const Folder& folder, const LlavaRow& row) const {
  const auto finding = CheckImageFile(folder.root, row.image);
  if (finding.has_value() && finding->problem != ImageProblem::kWrongExtension) {
    return std::string(ProblemName(finding->problem));
  }
  FW_ASSIGN(const std::string bytes, ReadFile((fs::path(folder.root) / row.image).string()));
  if (exclusions_.benchmark->Contains(PictureFingerprint(bytes))) {
    return std::string("picture of the benchmark");
  }
  // CheckImageFile knows GIF by its header alone; training cannot decode it.
  if (ImageFormatOfBytes(bytes) == ImageFormat::kGif) {
    return std::string(ProblemName(ImageProblem::kUndecodable));
  }
  return std::string();
}

// A turn may hold more than its question: a prompt or options on lines of their own.
bool PoolRowMaker::AsksBenchmark(const LlavaRow& row) const {
  const auto is_asked = [&](const std::string& question) {
    return exclusions_.benchmark->Contains(QuestionFingerprint(row.image, question));
  };
  for (size_t i = 0; i < row.conversations.size(); i += 2) {
    const std::string turn = WithoutToken(row.conversations[i].value);
    if (is_asked(turn)) return true;
    for (size_t begin = 0; begin < turn.size();) {
      const size_t end = std::min(turn.find('\n', begin), turn.size());
      if (is_asked(turn.substr(begin, end - begin))) return true;
      begin = end + 1;
    }
  }
  return false;
}

Result<std::unordered_set<uint64_t>> PoolContentOf(const std::vector<LlavaRow>& rows) {
  std::unordered_set<uint64_t> content;
  for (const LlavaRow& row : rows) {
    const auto lineage = row.other.find(kLineage);
    if (lineage == row.other.end()) continue;
    const auto member = lineage->is_object() ? lineage->find(kContentHash) : lineage->end();
    const bool is_text = lineage->is_object() && member != lineage->end() && member->is_string();
    const std::string text = is_text ? member->get<std::string>() : "";
    uint64_t hash = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
    if (text.size() != 16 || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
      return InvalidArgument(fmt::format(
          "row '{}': pool.content_hash: expected 16 hex digits, found '{}'", row.id, text));
    }
    content.insert(hash);
  }
  return content;
}

}  // namespace flywheel

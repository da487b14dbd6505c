#include "pool/index/import_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <system_error>

#include "base/io/files.h"
#include "pool/formats/sample_format.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnknownCategory = "unknown";

std::string AbsolutePath(const std::string& folder) {
  if (folder.empty()) return "";
  std::error_code error;
  const fs::path absolute = fs::absolute(folder, error).lexically_normal();
  return error ? folder : absolute.string();
}

bool IsDataFile(const fs::path& path) {
  const std::string extension = path.extension();
  return extension == ".json" || extension == ".jsonl" || extension == ".parquet";
}

Status AppendFolder(const fs::path& folder, std::vector<std::string>* files) {
  std::error_code error;
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error) && IsDataFile(entry.path())) found.push_back(entry.path());
  }
  if (error) return ErrnoStatus(error.value(), "read", folder.string());
  std::sort(found.begin(), found.end());
  files->insert(files->end(), found.begin(), found.end());
  return OkStatus();
}

Result<std::vector<std::string>> FilesOf(const std::string& source) {
  std::error_code error;
  const fs::path path = fs::canonical(source, error);
  if (error) return ErrnoStatus(error.value(), "find", source);
  std::vector<std::string> files;
  if (!fs::is_directory(path)) {
    // A link keeps its name: in Hugging Face's cache data/coco.json leads to a file named after its
    // digest.
    const fs::path given = fs::absolute(source);
    files.push_back(fs::canonical(given.parent_path()) / given.filename());
    return files;
  }
  // As on Hugging Face: what lies beside a folder "data" describes it.
  if (fs::is_directory(path / "data")) FW_TRY(AppendFolder(path / "data", &files));
  if (files.empty()) FW_TRY(AppendFolder(path, &files));
  if (files.empty()) {
    return InvalidArgument(fmt::format(
        "{}: expected .json, .jsonl or .parquet files in it or in its folder data, found none",
        source));
  }
  return files;
}

// The data set of a file: its name without the last ending; shards of one data set are named after
// the folder they are in, or the one above a folder "data".
std::string DatasetNameOf(const fs::path& path) {
  static const std::regex kShard(R"(.*-\d+-of-\d+)");
  std::string stem = path.stem();
  if (!std::regex_match(stem, kShard)) return stem;
  fs::path folder = path.parent_path();
  if (folder.filename() == "data") folder = folder.parent_path();
  return folder.filename();
}

bool IsVqa(SampleFormat format) {
  return format == SampleFormat::kVqaQuestions || format == SampleFormat::kVqaAnnotations;
}

// Questions and annotations of VQA are one data set, questions first.
Status PairVqa(std::vector<DatasetSource>* planned) {
  std::vector<DatasetSource> questions;
  std::vector<DatasetSource> annotations;
  std::vector<DatasetSource> others;
  for (DatasetSource& source : *planned) {
    auto& kind = source.format == SampleFormat::kVqaQuestions     ? questions
                 : source.format == SampleFormat::kVqaAnnotations ? annotations
                                                                  : others;
    kind.push_back(std::move(source));
  }
  if (questions.size() != annotations.size() || questions.size() > 1) {
    const DatasetSource& odd = questions.empty() ? annotations.front() : questions.front();
    return InvalidArgument(
        fmt::format("{}: questions and annotations of VQA are imported in pairs, "
                    "one file of each at a time",
                    odd.files.front()));
  }
  if (!questions.empty()) {
    questions.front().files.push_back(annotations.front().files.front());
    others.push_back(std::move(questions.front()));
  }
  *planned = std::move(others);
  return OkStatus();
}

// What a file is imported as: a data set of several files has one format.
Status TakeFormat(const std::string& file, SampleFormat format, DatasetSource* source) {
  if (source->files.empty()) source->format = format;
  if (source->format == format) return OkStatus();
  return InvalidArgument(fmt::format(
      "{}: is {}, but {} is {}; a data set has one format, import them one by one", file,
      SampleFormatName(format), source->files.front(), SampleFormatName(source->format)));
}

}  // namespace

Result<std::vector<DatasetSource>> PlanImport(const ImportRequest& request,
                                              const Catalogue& catalogue) {
  std::vector<DatasetSource> planned;
  std::map<std::string, size_t> by_name;
  for (const std::string& given : request.sources) {
    FW_ASSIGN(const std::vector<std::string> files, FilesOf(given));
    for (const std::string& file : files) {
      const std::string name = request.dataset.empty() ? DatasetNameOf(file) : request.dataset;
      // The two halves of VQA meet later, under whatever name.
      FW_ASSIGN(const SampleFormat format, DetectSampleFormat(file));
      const std::string key = IsVqa(format) ? file : name;
      const auto [at, is_new] = by_name.emplace(key, planned.size());
      if (is_new) {
        DatasetSource& source = planned.emplace_back();
        source.name = name;
        // Readers of the pool stand in other folders.
        source.images_root = AbsolutePath(request.images_root);
        const CatalogueDataset* known = catalogue.Find(name);
        source.category = known == nullptr ? std::string(kUnknownCategory) : known->category;
      }
      DatasetSource& source = planned[at->second];
      const bool is_shard = DatasetNameOf(file) != fs::path(file).stem();
      if (!is_new && !is_shard && request.dataset.empty()) {
        return InvalidArgument(
            fmt::format("{} and {} are both data set '{}'; give --dataset to "
                        "import them one by one",
                        source.files.front(), file, name));
      }
      FW_TRY(TakeFormat(file, format, &source));
      source.files.push_back(file);
    }
  }
  FW_TRY(PairVqa(&planned));
  return planned;
}

}  // namespace flywheel

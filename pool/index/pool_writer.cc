#include "pool/index/pool_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/io/files.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

// Folders of the pool: data sets, one folder a generation of each, and work that is not finished.
constexpr std::string_view kDatasets = "datasets";
constexpr std::string_view kWork = "work";
constexpr std::string_view kConverted = "converted";
constexpr std::string_view kLock = "lock";

// A data set's name as a part of a path.
std::string FileName(std::string name) {
  for (char& c : name) {
    if (c == '/' || c == '\0') c = '_';
  }
  return name.starts_with('.') ? "_" + name : name;
}

}  // namespace

std::string PoolWriter::WorkFolder(const std::string& name) const {
  return fmt::format("{}/{}/{}", folder_, kWork, FileName(name));
}

std::string PoolWriter::ConvertedFolder() const {
  return fs::absolute(fs::path(folder_) / kConverted).lexically_normal();
}

std::string PoolWriter::NextFolder(const std::string& name) const {
  return fmt::format("{}/{}.{}", kDatasets, FileName(name), manifest_.generation + 1);
}

Result<PoolWriter> PoolWriter::Open(const std::string& pool) {
  PoolWriter writer(pool);
  FW_TRY(MakeDirectories(fmt::format("{}/{}", pool, kDatasets)));
  const std::string path = fmt::format("{}/{}", pool, kLock);
  writer.lock_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (writer.lock_.get() < 0) return ErrnoStatus(errno, "open", path);
  if (::flock(writer.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus(errno, "lock", path);
    return FailedPrecondition(fmt::format(
        "{}: another process is changing this pool; try again when it has ended", pool));
  }
  Result<PoolManifest> manifest = ReadPoolManifest(pool);
  if (manifest.status().code() != StatusCode::kNotFound) {
    FW_TRY(manifest.status());
    writer.manifest_ = *std::move(manifest);
  }
  FW_TRY(writer.RemoveUnused());
  FW_TRY(RemoveTemporaries(pool));
  return writer;
}

// Folders that no data set of the present generation names are those of generations before it.
Status PoolWriter::RemoveUnused() const {
  std::set<fs::path> used;
  for (const PoolDataset& dataset : manifest_.datasets) {
    used.insert(fs::path(dataset.folder).filename());
    for (const PoolPart& part : dataset.parts) {
      used.insert(fs::path(part.columns).parent_path().filename());
      used.insert(fs::path(part.rejects).parent_path().filename());
    }
  }
  for (const PoolDataset& dataset : manifest_.datasets) {
    for (const PoolFile& file : dataset.files) used.insert(fs::path(file.path).filename());
  }
  std::error_code error;
  std::vector<fs::path> unused;
  for (const std::string_view folder : {kDatasets, kConverted}) {
    if (!fs::exists(fs::path(folder_) / folder)) continue;
    for (const auto& entry : fs::directory_iterator(fs::path(folder_) / folder, error)) {
      if (!used.contains(entry.path().filename())) unused.push_back(entry.path());
    }
  }
  for (const fs::path& path : unused) fs::remove_all(path, error);
  return error ? ErrnoStatus(error.value(), "clean", folder_) : OkStatus();
}

Status PoolWriter::Put(const PoolDataset& dataset) {
  PoolManifest next = manifest_;
  std::erase_if(next.datasets, [&](const PoolDataset& d) { return d.name == dataset.name; });
  next.datasets.push_back(dataset);
  std::sort(next.datasets.begin(), next.datasets.end(),
            [](const PoolDataset& a, const PoolDataset& b) { return a.name < b.name; });
  ++next.generation;
  FW_TRY(WritePoolManifest(folder_, next));
  manifest_ = std::move(next);
  return OkStatus();
}

Status PoolWriter::Remove(const std::string& name) {
  PoolManifest next = manifest_;
  if (std::erase_if(next.datasets, [&](const PoolDataset& d) { return d.name == name; }) == 0) {
    return NotFound(fmt::format("{}: has no data set '{}'", folder_, name));
  }
  ++next.generation;
  FW_TRY(WritePoolManifest(folder_, next));
  manifest_ = std::move(next);
  return OkStatus();
}

}  // namespace flywheel

#include "pool/index/importer.h"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/file_digest.h"
#include "base/io/files.h"
#include "pool/index/native_conversion.h"
#include "pool/index/pool_writer.h"

namespace flywheel {
namespace {

bool SameSource(const PoolDataset& dataset, const DatasetSource& source) {
  return dataset.category == source.category && dataset.format == source.format &&
         dataset.files.size() == source.files.size();
}

// Compares what is cheap first: only a file of the same size and another time is read.
Result<bool> SameContent(const PoolFile& before, PoolFile* now) {
  if (before.size != now->size) return false;
  if (before.changed_ns == now->changed_ns && before.path == now->path) {
    *now = before;
    return true;
  }
  FW_ASSIGN(const FileDigest digest, DigestOfFile(now->path));
  now->sha256 = digest.digest;
  now->records = before.records;
  return digest.digest == before.sha256;
}

// The data set with its files as they are now, when their content has not changed; else nothing.
Result<std::optional<PoolDataset>> Unchanged(const PoolDataset& before,
                                             const DatasetSource& source) {
  if (!SameSource(before, source)) return std::optional<PoolDataset>();
  PoolDataset now = before;
  for (size_t i = 0; i < source.files.size(); ++i) {
    FW_ASSIGN(now.files[i], StatPoolFile(source.files[i]));
    FW_ASSIGN(const bool same, SameContent(before.files[i], &now.files[i]));
    if (!same) return std::optional<PoolDataset>();
  }
  now.images_root = source.images_root.empty() ? before.images_root : source.images_root;
  return std::optional(std::move(now));
}

// What was imported before is held to the policy of this import.
Status CheckRejects(const PoolDataset& dataset, const ImportOptions& options) {
  if (options.rejects == RejectPolicy::kCount || dataset.rejected.empty()) return OkStatus();
  const auto& [reason, count] = *dataset.rejected.begin();
  return InvalidArgument(fmt::format(
      "{}: data set {} is in the pool already, without records that were rejected: {} {}; the "
      "table rejects names them",
      dataset.files.front().path, dataset.name, count, reason));
}

Result<ImportedDataset> ImportOne(const DatasetSource& given, const ImportOptions& options,
                                  PoolWriter* writer) {
  DatasetSource source = given;
  if (NeedsConversion(given.format)) {
    FW_ASSIGN(source, ConvertNative(given, writer->ConvertedFolder()));
  }
  const PoolDataset* before = writer->manifest().Find(source.name);
  if (before != nullptr) {
    FW_ASSIGN(std::optional<PoolDataset> now, Unchanged(*before, source));
    if (now.has_value()) {
      FW_TRY(CheckRejects(*now, options));
      if (*now != *before) FW_TRY(writer->Put(*now));
      return ImportedDataset{*now, ImportChange::kUnchanged};
    }
  }
  const ImportChange change = before == nullptr ? ImportChange::kAdded : ImportChange::kReplaced;
  const std::string work = writer->WorkFolder(source.name);
  FW_TRY(MakeDirectories(work));
  const std::string folder = writer->NextFolder(source.name);
  FW_ASSIGN(PoolDataset dataset, ImportDataset(source, work, folder, options));
  const std::string final_folder = fmt::format("{}/{}", writer->folder(), folder);
  if (DiskRename(work, final_folder) != 0) return ErrnoStatus(errno, "rename", work);
  FW_TRY(RemoveImportState(final_folder));
  FW_TRY(SyncDirectory(writer->folder()));
  FW_TRY(writer->Put(dataset));
  return ImportedDataset{std::move(dataset), change};
}

}  // namespace

Result<std::vector<ImportedDataset>> ImportIntoPool(const std::string& pool,
                                                    const std::vector<DatasetSource>& sources,
                                                    const ImportOptions& options) {
  std::set<std::string> names;
  for (const DatasetSource& source : sources) {
    if (names.insert(source.name).second) continue;
    return InvalidArgument(
        fmt::format("two sources are called '{}' (one is {}); import them one by "
                    "one with --dataset",
                    source.name, source.files.front()));
  }
  FW_ASSIGN(PoolWriter writer, PoolWriter::Open(pool));
  std::vector<ImportedDataset> imported;
  for (const DatasetSource& source : sources) {
    FW_ASSIGN(ImportedDataset one, ImportOne(source, options, &writer));
    imported.push_back(std::move(one));
  }
  return imported;
}

}  // namespace flywheel

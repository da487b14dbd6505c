#include "workers/agent/held_attempts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/ids.h"
#include "base/io/disk_calls.h"
#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {

Result<HeldAttempts> HeldAttempts::Open(std::string folder) {
  FW_TRY(MakeDirectories(folder));
  FW_TRY(RemoveTemporaries(folder));
  return HeldAttempts(std::move(folder));
}

std::string HeldAttempts::PathOf(const std::string& attempt) const {
  std::string name = attempt;
  std::replace(name.begin(), name.end(), '/', '-');
  return fmt::format("{}/{}.json", folder_, name);
}

Status HeldAttempts::Add(const HeldRecord& record) const {
  FW_TRY(ParseAttemptId(record.attempt).status());
  const nlohmann::json value = {{"attempt", record.attempt},
                                {"fencing_token", record.fencing_token},
                                {"directory", record.directory}};
  return ReplaceFile(PathOf(record.attempt), value.dump(2) + "\n");
}

Status HeldAttempts::Remove(const std::string& attempt) const {
  const std::string path = PathOf(attempt);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoStatus(errno, "remove", path);
  return OkStatus();
}

Result<HeldRecord> HeldAttempts::Read(const std::string& path) {
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  HeldRecord record;
  JsonObjectReader reader(value, path);
  reader.Required("attempt", &record.attempt);
  reader.Required("fencing_token", &record.fencing_token);
  reader.Required("directory", &record.directory);
  FW_TRY(reader.Finish());
  return record;
}

Result<std::vector<HeldRecord>> HeldAttempts::ReadAll(std::vector<Status>* unreadable) const {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  if (error) return ErrnoStatus(error.value(), "read folder", folder_);
  std::sort(paths.begin(), paths.end());
  std::vector<HeldRecord> records;
  for (const std::string& path : paths) {
    Result<HeldRecord> record = Read(path);
    if (record.ok()) {
      records.push_back(*std::move(record));
      continue;
    }
    // What a power cut left of it. The daemon finds out that nobody has the attempt any more.
    unreadable->push_back(record.status());
    if (DiskRename(path, path + ".unreadable") != 0) return ErrnoStatus(errno, "put aside", path);
  }
  return records;
}

}  // namespace flywheel

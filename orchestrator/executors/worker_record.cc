#include "orchestrator/executors/worker_record.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/io/files.h"
#include "base/io/json.h"

namespace flywheel {
namespace {

std::string RecordPath(const std::string& workers, const std::string& worker) {
  return workers + "/" + worker + "/process.json";
}

Result<WorkerRecord> ReadRecord(const std::string& path, const std::string& worker) {
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(path));
  WorkerRecord record;
  record.worker = worker;
  JsonObjectReader reader(value, path);
  reader.Required("pid", &record.process.pid);
  reader.Required("start_time", &record.process.start_time);
  reader.Required("boot_id", &record.process.boot_id);
  FW_TRY(reader.Finish());
  return record;
}

}  // namespace

Status WriteWorkerRecord(const std::string& workers, const WorkerRecord& record) {
  const nlohmann::json value = {{"pid", record.process.pid},
                                {"start_time", record.process.start_time},
                                {"boot_id", record.process.boot_id}};
  return WriteFileAtomic(RecordPath(workers, record.worker), CanonicalJson(value) + "\n");
}

Result<std::vector<WorkerRecord>> ReadWorkerRecords(const std::string& workers) {
  std::error_code error;
  std::filesystem::directory_iterator folders(workers, error);
  if (error) return ErrnoStatus(error.value(), "list", workers);
  std::vector<WorkerRecord> records;
  for (; folders != std::filesystem::directory_iterator(); folders.increment(error)) {
    const std::string worker = folders->path().filename().string();
    Result<WorkerRecord> record = ReadRecord(RecordPath(workers, worker), worker);
    if (record.ok()) records.push_back(*std::move(record));
  }
  if (error) return ErrnoStatus(error.value(), "list", workers);
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.worker < b.worker; });
  return records;
}

}  // namespace flywheel

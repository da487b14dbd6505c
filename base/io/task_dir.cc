#include "base/io/task_dir.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/ids.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"

namespace flywheel {
namespace {

constexpr size_t kMaxNameLength = 128;
// It travels in one message: bulk belongs into outputs.
constexpr uintmax_t kMaxResultBytes = 1 << 20;

}  // namespace

bool IsPlainName(std::string_view name) {
  const auto bad = [](char c) {
    return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  };
  return !name.empty() && name.size() <= kMaxNameLength && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), bad);
}

Result<TaskDir> TaskDir::ForAttempt(std::string_view work, std::string_view installation,
                                    std::string_view attempt) {
  FW_TRY(ParseAttemptId(attempt).status());
  if (installation.empty()) return TaskDir(fmt::format("{}/{}", work, attempt));
  if (!IsPlainName(installation)) {
    return InvalidArgument(
        fmt::format("installation id '{}': expected 8 hex digits", installation));
  }
  return TaskDir(fmt::format("{}/{}-{}", work, installation, attempt));
}

std::string TaskDir::RelativeInput(std::string_view name) { return fmt::format("inputs/{}", name); }

std::string TaskDir::output(std::string_view name) const {
  return fmt::format("{}/outputs/{}", root_, name);
}

Status TaskDir::Create() const {
  std::error_code error;
  std::filesystem::remove_all(root_, error);
  if (error) return ErrnoStatus(error.value(), "remove", root_);
  FW_TRY(MakeDirectories(inputs()));
  FW_TRY(MakeDirectories(outputs()));
  return MakeDirectories(scratch());
}

Status TaskDir::WriteSpec(const TaskSpec& spec) const {
  return ReplaceFile(task_json(), ToJson(spec).dump(2) + "\n");
}

Result<TaskSpec> TaskDir::ReadSpec() const {
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(task_json()));
  auto spec = TaskSpecFromJson(value);
  if (!spec.ok()) return spec.status().WithContext(task_json());
  return spec;
}

Status TaskDir::WriteResult(const TaskResult& result) const {
  return ReplaceFile(result_json(), ToJson(result).dump(2) + "\n");
}

Result<TaskResult> TaskDir::ReadResult() const {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(result_json(), error);
  if (!error && size > kMaxResultBytes) {
    return InvalidArgument(
        fmt::format("{}: {} bytes, expected at most {}; bulk belongs into outputs", result_json(),
                    size, kMaxResultBytes));
  }
  FW_ASSIGN(const nlohmann::json value, ReadJsonFile(result_json()));
  auto result = TaskResultFromJson(value);
  if (!result.ok()) return result.status().WithContext(result_json());
  for (const TaskOutput& output : result->outputs) {
    if (IsPlainName(output.name)) continue;
    return InvalidArgument(fmt::format("{}: output name '{}': expected one plain file name",
                                       result_json(), output.name));
  }
  return result;
}

}  // namespace flywheel

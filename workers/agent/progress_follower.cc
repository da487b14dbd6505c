#include "workers/agent/progress_follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/io/file_descriptor.h"
#include "base/io/json.h"
#include "base/io/record_codec.h"

namespace flywheel {
namespace {

// More new bytes than this: only the last of them are looked at.
constexpr int64_t kReadAtMost = 64 << 10;

std::optional<TaskProgress> Parse(std::string_view line) {
  const auto value = ParseJson(line, "progress");
  if (!value.ok()) return std::nullopt;
  auto progress = TaskProgressFromJson(*value);
  if (!progress.ok()) return std::nullopt;
  progress->fraction = std::clamp(progress->fraction, 0.0, 1.0);
  return *std::move(progress);
}

}  // namespace

ProgressFollower::News ProgressFollower::Poll() {
  // O_NONBLOCK and the check: a task may put a pipe there.
  const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info = {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  if (info.st_size <= offset_) return {};
  if (info.st_size - offset_ > kReadAtMost) {
    offset_ = info.st_size - kReadAtMost;
    partial_.clear();
  }
  std::string bytes(static_cast<size_t>(info.st_size - offset_), '\0');
  const ssize_t count = ::pread(file.get(), bytes.data(), bytes.size(), offset_);
  if (count <= 0) return {};
  offset_ += count;
  partial_.append(bytes, 0, static_cast<size_t>(count));

  News news;
  const size_t last = partial_.rfind('\n');
  if (last == std::string::npos) {
    if (partial_.size() > static_cast<size_t>(kReadAtMost)) partial_.clear();
    return news;
  }
  news.any = true;
  size_t end = last;
  while (!news.progress) {
    const size_t before = end == 0 ? std::string::npos : partial_.rfind('\n', end - 1);
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    news.progress = Parse(std::string_view(partial_).substr(begin, end - begin));
    if (begin == 0) break;
    end = begin - 1;
  }
  partial_.erase(0, last + 1);
  return news;
}

}  // namespace flywheel

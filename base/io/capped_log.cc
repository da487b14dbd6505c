#include "base/io/capped_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr size_t kRecent = 8 << 10;
constexpr size_t kLongestLine = 1 << 10;

}  // namespace

CappedLog::CappedLog(FileDescriptor file, std::string path, int64_t cap)
    : file_(std::move(file)), path_(std::move(path)), cap_(cap) {}

Result<CappedLog> CappedLog::Open(const std::string& path, int64_t cap) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return ErrnoStatus(errno, "create", path);
  return CappedLog(std::move(file), path, cap);
}

void CappedLog::Write(std::string_view bytes) {
  if (status_.ok()) status_ = WriteAll(file_.get(), bytes, path_);
}

void CappedLog::Append(std::string_view bytes) {
  const auto room = static_cast<size_t>(std::max<int64_t>(0, cap_ - written_));
  const std::string_view head = bytes.substr(0, room);
  Write(head);
  written_ += static_cast<int64_t>(head.size());
  left_out_ += static_cast<int64_t>(bytes.size() - head.size());
  recent_.append(bytes.substr(bytes.size() - std::min(bytes.size(), kRecent)));
  if (recent_.size() > kRecent) recent_.erase(0, recent_.size() - kRecent);
}

Status CappedLog::Close() {
  if (left_out_ > 0) {
    const auto tail = std::min(recent_.size(), static_cast<size_t>(left_out_));
    Write(fmt::format("\n[... {} bytes left out ...]\n", left_out_ - static_cast<int64_t>(tail)));
    Write(std::string_view(recent_).substr(recent_.size() - tail));
  }
  if (file_.Close() != 0 && status_.ok()) status_ = ErrnoStatus(errno, "close", path_);
  return status_;
}

std::string CappedLog::LastLine() const {
  const size_t last = recent_.find_last_not_of(" \t\r\n");
  if (last == std::string::npos) return "";
  const size_t newline = recent_.rfind('\n', last);
  const size_t begin = newline == std::string::npos ? 0 : newline + 1;
  std::string line = recent_.substr(begin, std::min(last + 1 - begin, kLongestLine));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return line;
}

}  // namespace flywheel

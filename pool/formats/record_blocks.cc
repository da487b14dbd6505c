#include "pool/formats/record_blocks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr size_t kReadAtOnce = size_t{4} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

int64_t ChangedNs(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

RecordBlockReader::RecordBlockReader(std::string path, const RecordLimits& limits)
    : path_(std::move(path)), limits_(limits) {}

Result<RecordBlockReader> RecordBlockReader::Open(const std::string& path,
                                                  const RecordLimits& limits) {
  RecordBlockReader reader(path, limits);
  reader.file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (reader.file_.get() < 0) return ErrnoStatus(errno, "open", path);
  ::posix_fadvise(reader.file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  FW_TRY(reader.Stat());
  FW_TRY(reader.FindLayout().WithContext(path));
  return reader;
}

Status RecordBlockReader::Stat() {
  struct stat info = {};
  if (::fstat(file_.get(), &info) != 0) return ErrnoStatus(errno, "stat", path_);
  if (!S_ISREG(info.st_mode)) {
    return InvalidArgument(fmt::format("{}: expected a file, found something else", path_));
  }
  size_ = info.st_size;
  changed_ns_ = ChangedNs(info);
  return OkStatus();
}

Status RecordBlockReader::FindLayout() {
  std::string head(4096, '\0');
  size_t mark = 0;
  size_t first = std::string::npos;
  for (off_t offset = 0; first == std::string::npos; offset += static_cast<off_t>(head.size())) {
    const ssize_t got = ::pread(file_.get(), head.data(), head.size(), offset);
    if (got < 0) return ErrnoStatus(errno, "read", path_);
    if (got == 0) {
      return InvalidArgument("is empty; expected a JSON array of records or a record on each line");
    }
    head.resize(static_cast<size_t>(got));
    if (offset == 0 && head.starts_with(kByteOrderMark)) mark = kByteOrderMark.size();
    first = head.find_first_not_of(" \t\r\n", offset == 0 ? mark : 0);
    if (first == std::string::npos || head[first] == '[' || head[first] == '{') continue;
    return InvalidArgument(
        fmt::format("byte {}: expected '[' or '{{', the beginning of a JSON array "
                    "or of JSON lines",
                    offset + static_cast<off_t>(first)));
  }
  layout_ = head[first] == '[' ? RecordLayout::kArray : RecordLayout::kLines;
  splitter_.emplace(layout_, static_cast<int64_t>(mark), 1);
  if (mark > 0) {
    // Those bytes count for the digest and for nothing else.
    FW_TRY(Read(mark, &carried_).status());
    carried_.clear();
    carried_offset_ = static_cast<int64_t>(mark);
  }
  return OkStatus();
}

Result<bool> RecordBlockReader::Read(size_t most, std::string* bytes) {
  const size_t before = bytes->size();
  bytes->resize(before + most);
  ssize_t got = 0;
  do {
    got = ::read(file_.get(), bytes->data() + before, most);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return ErrnoStatus(errno, "read", path_);
  bytes->resize(before + static_cast<size_t>(got));
  digest_.Update(std::string_view(*bytes).substr(before));
  return got > 0;
}

Status RecordBlockReader::SkipTo(const RecordPosition& position) {
  if (position == RecordPosition{}) return OkStatus();
  std::string bytes;
  while (carried_offset_ < position.offset) {
    bytes.clear();
    const auto most = static_cast<size_t>(
        std::min(position.offset - carried_offset_, static_cast<int64_t>(kReadAtOnce)));
    FW_ASSIGN(const bool more, Read(most, &bytes));
    if (!more) {
      return FailedPrecondition(fmt::format("{}: ends at byte {}, expected to go on at byte {}",
                                            path_, carried_offset_, position.offset));
    }
    carried_offset_ += static_cast<int64_t>(bytes.size());
  }
  splitter_.emplace(layout_, position.offset, position.number);
  behind_record_ = position;
  return OkStatus();
}

// While the block has no record, none of its bytes matter but those of one that has begun, and of
// that one, once it is too long, only the end.
void RecordBlockReader::DropUnneeded(RecordBlock* block) {
  const int64_t begun = splitter_->record_begin();
  if (begun >= 0 && splitter_->position() - begun <= limits_.record_bytes) return;
  block->bytes.erase(0, static_cast<size_t>(splitter_->position() - block->file_offset));
  block->file_offset = splitter_->position();
}

// False: the record belongs to the next block.
bool RecordBlockReader::Take(const FoundRecord& found, RecordBlock* block) {
  const bool is_first = block->records.empty() && block->overlong.empty();
  if (!is_first && splitter_->position() - block_begin_ > limits_.block_bytes) {
    splitter_.emplace(layout_, behind_record_.offset, behind_record_.number);
    return false;
  }
  behind_record_ = {splitter_->position(), splitter_->number()};
  auto& records = found.length > limits_.record_bytes ? block->overlong : block->records;
  records.push_back(found);
  return static_cast<int64_t>(block->records.size() + block->overlong.size()) <
         limits_.block_records;
}

Result<bool> RecordBlockReader::Extend(RecordBlock* block) {
  FoundRecord found;
  FW_ASSIGN(const RecordSplitter::Step step,
            splitter_->Next(block->bytes, block->file_offset, &found));
  if (step == RecordSplitter::Step::kRecord) return Take(found, block);
  return ReadOn(block);
}

Result<bool> RecordBlockReader::ReadOn(RecordBlock* block) {
  if (block->records.empty() && block->overlong.empty()) {
    DropUnneeded(block);
  } else if (block->file_offset + static_cast<int64_t>(block->bytes.size()) - block_begin_ >
             limits_.block_bytes) {
    splitter_.emplace(layout_, behind_record_.offset, behind_record_.number);
    return false;
  }
  FW_ASSIGN(const bool more, Read(kReadAtOnce, &block->bytes));
  if (more) return true;
  FW_TRY(FinishRecords(block));
  return false;
}

// At the end of the file.
Status RecordBlockReader::FinishRecords(RecordBlock* block) {
  FoundRecord found;
  FW_ASSIGN(const RecordSplitter::Step step, splitter_->End(&found));
  ended_ = step == RecordSplitter::Step::kNeedMore || Take(found, block);
  // A last line that Take has left for the next block is read again there.
  return OkStatus();
}

// What lies behind the last record of the block belongs to the next one.
void RecordBlockReader::CarryOn(RecordBlock* block) {
  carried_offset_ = std::max(behind_record_.offset, block->file_offset);
  const auto keep = static_cast<size_t>(carried_offset_ - block->file_offset);
  carried_.assign(block->bytes, keep);
  block->bytes.resize(keep);
  block->bytes.reserve(keep + RecordBlock::kPadding);
}

Result<bool> RecordBlockReader::Next(RecordBlock* block) {
  block->records.clear();
  block->overlong.clear();
  block->bytes.clear();
  if (ended_) return false;
  block->bytes.reserve(static_cast<size_t>(limits_.block_bytes) + kReadAtOnce +
                       RecordBlock::kPadding);
  block->bytes.append(carried_);
  block->file_offset = carried_offset_;
  block_begin_ = behind_record_.offset;
  while (true) {
    Result<bool> more = Extend(block);
    FW_TRY(more.status().WithContext(path_));
    if (!*more) break;
  }
  CarryOn(block);
  return !block->records.empty() || !block->overlong.empty();
}

Status RecordBlockReader::CheckUnchanged() const {
  struct stat info = {};
  if (::stat(path_.c_str(), &info) != 0) return ErrnoStatus(errno, "stat", path_);
  if (info.st_size == size_ && ChangedNs(info) == changed_ns_) return OkStatus();
  return FailedPrecondition(
      fmt::format("{}: changed while it was read ({} bytes before, {} now); import it again", path_,
                  size_, info.st_size));
}

}  // namespace flywheel

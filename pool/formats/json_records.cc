#include "pool/formats/json_records.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "base/io/files.h"

namespace flywheel {
namespace {

using RecordFunction = std::function<Status(std::string_view, int64_t)>;

constexpr size_t kBufferBytes = 1 << 20;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Cuts the text of a JSON array into its elements, byte by byte: it knows strings, escapes and
// depth and nothing else of JSON.
class ArraySplitter {
 public:
  explicit ArraySplitter(const RecordFunction& record) : record_(record) {}

  Status Feed(std::string_view text) {
    for (const char c : text) FW_TRY(Take(c));
    return OkStatus();
  }

  Status Finish() const {
    if (state_ == State::kAfterArray) return OkStatus();
    return InvalidArgument(
        fmt::format("the file ends within the array, after {} records", number_));
  }

 private:
  enum class State { kBeforeArray, kBeforeRecord, kInRecord, kAfterArray };

  Status Take(char c) {
    switch (state_) {
      case State::kBeforeArray:
        if (c == '[') state_ = State::kBeforeRecord;
        return OkStatus();
      case State::kBeforeRecord:
        if (IsSpace(c)) return OkStatus();
        if (c == ']' && number_ == 0) {
          state_ = State::kAfterArray;
          return OkStatus();
        }
        state_ = State::kInRecord;
        text_.clear();
        return TakeInRecord(c);
      case State::kInRecord:
        return TakeInRecord(c);
      case State::kAfterArray:
        if (IsSpace(c)) return OkStatus();
        return InvalidArgument("text after the end of the array");
    }
    return OkStatus();
  }

  Status TakeInRecord(char c) {
    if (in_string_) {
      text_.push_back(c);
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      return OkStatus();
    }
    if (depth_ == 0 && (c == ',' || c == ']')) {
      state_ = c == ',' ? State::kBeforeRecord : State::kAfterArray;
      ++number_;
      return record_(text_, number_).WithContext(fmt::format("record {}", number_));
    }
    if (c == '"') in_string_ = true;
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    text_.push_back(c);
    return OkStatus();
  }

  const RecordFunction& record_;
  State state_ = State::kBeforeArray;
  std::string text_;
  int64_t number_ = 0;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

Status ReadArray(std::istream& file, const RecordFunction& record) {
  ArraySplitter splitter(record);
  std::vector<char> buffer(kBufferBytes);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    FW_TRY(splitter.Feed({buffer.data(), static_cast<size_t>(file.gcount())}));
  }
  return splitter.Finish();
}

Status ReadLines(std::istream& file, const std::string& path, const RecordFunction& record) {
  std::string line;
  for (int64_t number = 1; std::getline(file, line); ++number) {
    FW_TRY(record(line, number)
               .WithContext(fmt::format("record {}", number))
               .WithContext(fmt::format("{}:{}", path, number)));
  }
  return OkStatus();
}

}  // namespace

Status ForEachJsonRecord(const std::string& path, const RecordFunction& record) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, "read", path);
  char first = 0;
  if (!(file >> first)) {
    return InvalidArgument(fmt::format(
        "{}: is empty; expected a JSON array of records or a record on each line", path));
  }
  file.seekg(0);
  Status status =
      first == '[' ? ReadArray(file, record).WithContext(path) : ReadLines(file, path, record);
  if (status.ok() && file.bad()) return Internal(fmt::format("read {}: failed midway", path));
  return status;
}

}  // namespace flywheel

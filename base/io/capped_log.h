// A process's output in a file that cannot fill the disk: the beginning, and when it becomes too
// much a marker that says how much is missing and then the very end. Does not read the output: it
// is handed in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/io/file_descriptor.h"
#include "base/result.h"

namespace flywheel {

class CappedLog {
 public:
  // Keeps the first `cap` bytes and the last few KiB.
  static Result<CappedLog> Open(const std::string& path, int64_t cap);

  // A failure to write is remembered for Close; the process that speaks is not to suffer from it.
  void Append(std::string_view bytes);

  // Writes the marker and the end where something was left out. Call once.
  Status Close();

  // The last line that is not blank, at most 1 KiB of it, control characters made visible.
  std::string LastLine() const;

 private:
  CappedLog(FileDescriptor file, std::string path, int64_t cap);
  void Write(std::string_view bytes);

  FileDescriptor file_;
  std::string path_;
  int64_t cap_;
  int64_t written_ = 0;
  int64_t left_out_ = 0;
  std::string recent_;
  Status status_;
};

}  // namespace flywheel

// A large file that is written in pieces and gets its name when it is complete: until then readers
// see the old file or none. Small files are base/io/files' business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/io/file_descriptor.h"
#include "base/result.h"

namespace flywheel {

enum class Durability {
  kProcessCrash,  // what is in the page cache is enough
  kPowerCut,      // on the disk before it has its name
};

class StagedFile {
 public:
  static Result<StagedFile> Create(const std::string& path);
  StagedFile(StagedFile&&) noexcept = default;
  // Removes what was not committed.
  ~StagedFile();

  // Waits in memory until there is enough for the disk. RESOURCE_EXHAUSTED when that is full.
  Status Append(std::string_view bytes);
  // Once, at the end.
  Status Commit(Durability durability);

  int64_t bytes() const { return bytes_; }

 private:
  explicit StagedFile(std::string path);
  Status Flush();

  std::string path_;
  std::string temporary_;
  FileDescriptor file_;
  std::string waiting_;
  int64_t bytes_ = 0;
};

}  // namespace flywheel

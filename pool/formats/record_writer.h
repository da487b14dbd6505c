// Writes records of JSON text to a file, untouched: as a JSON array, as JSON lines, or as
// DataOptim's script writes them (Python's json.dump, indent=4). Under a temporary name until it is
// finished; a file that is not finished leaves nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pool/formats/python_json.h"
#include "pool/formats/staged_file.h"

namespace flywheel {

enum class RecordFileForm { kArray, kLines, kPythonList };

class RecordFileWriter {
 public:
  static Result<RecordFileWriter> Create(const std::string& path, RecordFileForm form);

  // One JSON value. In kLines line ends between its members become spaces.
  Status Write(std::string_view record);
  int64_t records() const { return records_; }
  // Durable, by rename.
  Status Finish();

 private:
  RecordFileWriter(RecordFileForm form, StagedFile file);

  RecordFileForm form_;
  StagedFile file_;
  PythonJsonWriter python_;
  std::string text_;  // of one record; its memory is kept
  int64_t records_ = 0;
};

}  // namespace flywheel

#include "pool/boxes/box_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>

#include "base/io/files.h"
#include "pool/formats/json_records.h"
#include "pool/formats/staged_file.h"

namespace flywheel {
namespace {

enum class Form { kArray, kLines };

Result<Form> FormOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, "read", path);
  char first = 0;
  file >> first;
  return first == '[' ? Form::kArray : Form::kLines;
}

std::string_view WithoutSpaceBehind(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

// What stands before a row's last bracket on its line: nothing for a row on one line.
std::string_view IndentationOf(std::string_view row) {
  const size_t line = row.rfind('\n');
  if (line == row.npos || row.empty()) return "";
  const std::string_view before = row.substr(line + 1, row.size() - line - 2);
  return before.find_first_not_of(" \t") == before.npos ? before : "";
}

class RowFileWriter {
 public:
  RowFileWriter(Form form, StagedFile file) : form_(form), file_(std::move(file)) {}

  Status Write(std::string_view row) {
    if (form_ == Form::kArray) {
      FW_TRY(file_.Append(rows_ == 0 ? "[\n" : ",\n"));
      FW_TRY(file_.Append(IndentationOf(row)));
    }
    ++rows_;
    FW_TRY(file_.Append(row));
    return form_ == Form::kLines ? file_.Append("\n") : OkStatus();
  }

  Status Finish() {
    if (form_ == Form::kArray) FW_TRY(file_.Append(rows_ == 0 ? "[]" : "\n]"));
    return file_.Commit(Durability::kPowerCut);
  }

 private:
  Form form_;
  StagedFile file_;
  int64_t rows_ = 0;
};

}  // namespace

Result<BoxFileSummary> ConvertBoxFile(const BoxFileOptions& options) {
  FW_ASSIGN(const Form form, FormOf(options.in));
  FW_ASSIGN(StagedFile file, StagedFile::Create(options.out));
  RowFileWriter writer(form, std::move(file));
  RowBoxConverter converter(ConversionTo(options.to), options.size_of);
  BoxFileSummary summary;
  int64_t bytes = 0;
  const auto convert = [&](std::string_view record, int64_t) -> Status {
    FW_ASSIGN(const ConvertedRow row, converter.Convert(WithoutSpaceBehind(record)));
    ++summary.rows;
    summary.converted_rows += row.boxes > 0;
    summary.boxes += row.boxes;
    bytes += static_cast<int64_t>(record.size());
    FW_TRY(writer.Write(row.json));
    return options.progress ? options.progress(bytes) : OkStatus();
  };
  FW_TRY(ForEachJsonRecord(options.in, convert));
  FW_TRY(writer.Finish());
  return summary;
}

}  // namespace flywheel

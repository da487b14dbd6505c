#include "pool/formats/record_writer.h"

#include <filesystem>
#include <utility>

#include "base/io/files.h"

namespace flywheel {
namespace {

struct Surroundings {
  std::string_view open;
  std::string_view separator;
  std::string_view close;
  std::string_view empty;
};

Surroundings SurroundingsOf(RecordFileForm form) {
  switch (form) {
    case RecordFileForm::kArray:
      return {"[\n", ",\n", "\n]\n", "[]\n"};
    case RecordFileForm::kLines:
      return {"", "\n", "\n", ""};
    case RecordFileForm::kPythonList:
      return {kPythonListOpen, kPythonListSeparator, kPythonListClose, "[]"};
  }
  return {};
}

// A record that stands on several lines, on one: within strings JSON has no line ends.
void AppendOnOneLine(std::string_view record, std::string* text) {
  const size_t at = text->size();
  text->append(record);
  for (size_t i = at; i < text->size(); ++i) {
    if ((*text)[i] == '\n' || (*text)[i] == '\r') (*text)[i] = ' ';
  }
}

}  // namespace

RecordFileWriter::RecordFileWriter(RecordFileForm form, StagedFile file)
    : form_(form), file_(std::move(file)) {}

Result<RecordFileWriter> RecordFileWriter::Create(const std::string& path, RecordFileForm form) {
  const std::string folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) FW_TRY(MakeDirectories(folder));
  FW_ASSIGN(StagedFile file, StagedFile::Create(path));
  return RecordFileWriter(form, std::move(file));
}

Status RecordFileWriter::Write(std::string_view record) {
  const Surroundings around = SurroundingsOf(form_);
  text_ = records_ == 0 ? around.open : around.separator;
  if (form_ == RecordFileForm::kPythonList) {
    FW_TRY(python_.Append(record, 1, &text_));
  } else if (form_ == RecordFileForm::kLines) {
    AppendOnOneLine(record, &text_);
  } else {
    text_.append(record);
  }
  ++records_;
  return file_.Append(text_);
}

Status RecordFileWriter::Finish() {
  const Surroundings around = SurroundingsOf(form_);
  FW_TRY(file_.Append(records_ == 0 ? around.empty : around.close));
  return file_.Commit(Durability::kPowerCut);
}

}  // namespace flywheel

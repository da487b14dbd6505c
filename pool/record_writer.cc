#include "pool/record_writer.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/io/disk_calls.h"
#include "base/io/files.h"

namespace flywheel {
namespace {

constexpr size_t kWriteAtOnce = size_t{1} << 20;

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

std::string TemporaryOf(const std::string& path) { return path + ".tmp"; }

// A record that stands on several lines, on one: within strings JSON has no line ends.
void AppendOnOneLine(std::string_view record, std::string* text) {
  const size_t at = text->size();
  text->append(record);
  for (size_t i = at; i < text->size(); ++i) {
    if ((*text)[i] == '\n' || (*text)[i] == '\r') (*text)[i] = ' ';
  }
}

}  // namespace

RecordFileWriter::RecordFileWriter(std::string path, RecordFileForm form)
    : path_(std::move(path)), form_(form) {}

Result<RecordFileWriter> RecordFileWriter::Create(const std::string& path, RecordFileForm form) {
  const std::string folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) FW_TRY(MakeDirectories(folder));
  RecordFileWriter writer(path, form);
  const std::string temporary = TemporaryOf(path);
  writer.file_ =
      FileDescriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (writer.file_.get() < 0) return ErrnoStatus(errno, "create", temporary);
  return writer;
}

Status RecordFileWriter::Write(std::string_view record) {
  const Surroundings around = SurroundingsOf(form_);
  waiting_ += records_ == 0 ? around.open : around.separator;
  if (form_ == RecordFileForm::kPythonList) {
    FW_TRY(python_.Append(record, 1, &waiting_));
  } else if (form_ == RecordFileForm::kLines) {
    AppendOnOneLine(record, &waiting_);
  } else {
    waiting_.append(record);
  }
  ++records_;
  return waiting_.size() < kWriteAtOnce ? OkStatus() : Flush();
}

Status RecordFileWriter::Flush() {
  FW_TRY(WriteAll(file_.get(), waiting_, path_));
  waiting_.clear();
  return OkStatus();
}

Status RecordFileWriter::Finish() {
  const Surroundings around = SurroundingsOf(form_);
  waiting_ += records_ == 0 ? around.empty : around.close;
  FW_TRY(Flush());
  if (DiskSync(file_.get()) != 0) return ErrnoStatus(errno, "sync", path_);
  if (file_.Close() != 0) return ErrnoStatus(errno, "close", path_);
  if (DiskRename(TemporaryOf(path_), path_) != 0) return ErrnoStatus(errno, "rename", path_);
  return OkStatus();
}

}  // namespace flywheel

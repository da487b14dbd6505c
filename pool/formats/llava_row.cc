#include "pool/formats/llava_row.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "base/io/files.h"
#include "pool/formats/json_records.h"
#include "pool/formats/record_json.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr size_t kWriteAtOnce = 1 << 16;

Status WrongType(std::string_view expected, const json& found) {
  return InvalidArgument(fmt::format("expected {}, found {}", expected, found.type_name()));
}

Status TakeString(const json& value, std::string* text) {
  if (!value.is_string()) return WrongType("a string", value);
  *text = value.get_ref<const std::string&>();
  return OkStatus();
}

Status TakeId(const json& value, std::string* id) {
  if (value.is_number_integer()) {
    *id = value.dump();
    return OkStatus();
  }
  return TakeString(value, id);
}

Status TakeImage(const json& value, std::string* image) {
  const auto* text = value.get_ptr<const std::string*>();
  if (value.is_null() || (text != nullptr && text->empty())) {
    return InvalidArgument("is empty; leave the member out of a row without an image");
  }
  return TakeString(value, image);
}

Result<LlavaTurn> TurnFromJson(const json& value) {
  if (!value.is_object()) return WrongType("an object", value);
  LlavaTurn turn;
  bool has_from = false;
  bool has_value = false;
  for (const auto& [name, member] : value.items()) {
    if (name == "from") {
      FW_TRY(TakeString(member, &turn.from).WithContext(name));
      has_from = true;
    } else if (name == "value") {
      FW_TRY(TakeString(member, &turn.value).WithContext(name));
      has_value = true;
    } else {
      turn.other[name] = member;
    }
  }
  if (!has_from) return InvalidArgument("from: is missing");
  if (!has_value) return InvalidArgument("value: is missing");
  return turn;
}

Status TakeConversations(const json& value, std::vector<LlavaTurn>* turns) {
  if (!value.is_array()) return WrongType("an array of turns", value).WithContext("conversations");
  for (size_t i = 0; i < value.size(); ++i) {
    Result<LlavaTurn> turn = TurnFromJson(value[i]);
    FW_TRY(turn.status().WithContext(fmt::format("conversations[{}]", i)));
    turns->push_back(*std::move(turn));
  }
  return OkStatus();
}

void AppendString(std::string_view text, std::string* line) {
  line->append(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
}

void AppendMembers(const json& members, std::string* line) {
  for (const auto& [name, member] : members.items()) {
    line->push_back(',');
    AppendString(name, line);
    line->push_back(':');
    line->append(member.dump(-1, ' ', false, json::error_handler_t::replace));
  }
}

}  // namespace

Status CheckLlavaRow(const LlavaRow& row) {
  if (row.conversations.empty()) {
    return InvalidArgument("conversations: expected at least one question and answer, found none");
  }
  bool mentions_image = false;
  for (size_t i = 0; i < row.conversations.size(); ++i) {
    const LlavaTurn& turn = row.conversations[i];
    const std::string_view expected = i % 2 == 0 ? "human" : "gpt";
    if (turn.from != expected) {
      return InvalidArgument(fmt::format("conversations[{}].from: expected \"{}\", found \"{}\"", i,
                                         expected, turn.from));
    }
    if (i % 2 == 1 && turn.value.empty()) {
      return InvalidArgument(
          fmt::format("conversations[{}].value: expected an answer, found none", i));
    }
    if (i % 2 == 0) mentions_image |= turn.value.find(kImageToken) != std::string::npos;
  }
  if (row.conversations.size() % 2 == 1) {
    return InvalidArgument(
        fmt::format("conversations: expected an answer to every question, found "
                    "{} turns",
                    row.conversations.size()));
  }
  if (!row.image.empty() && !mentions_image) {
    return InvalidArgument(
        fmt::format("conversations: image '{}' needs \"<image>\" in a human turn, "
                    "found none",
                    row.image));
  }
  if (row.image.empty() && mentions_image) {
    return InvalidArgument("image: is missing, but a human turn says \"<image>\"");
  }
  return OkStatus();
}

Result<LlavaRow> LlavaRowFromJson(const json& value) {
  if (!value.is_object()) return WrongType("an object", value);
  LlavaRow row;
  bool has_id = false;
  for (const auto& [name, member] : value.items()) {
    if (name == "id") {
      FW_TRY(TakeId(member, &row.id).WithContext(name));
      has_id = true;
    } else if (name == "image") {
      FW_TRY(TakeImage(member, &row.image).WithContext(name));
    } else if (name == "conversations") {
      FW_TRY(TakeConversations(member, &row.conversations));
    } else {
      row.other[name] = member;
    }
  }
  if (!has_id) return InvalidArgument("id: is missing");
  FW_TRY(CheckLlavaRow(row));
  return row;
}

Result<LlavaRow> ParseLlavaRow(std::string_view text) {
  FW_TRY(CheckNesting(text));
  json value;
  try {
    value = json::parse(text);
  } catch (const json::parse_error& error) {
    return InvalidArgument(
        fmt::format("not valid JSON at byte {}: expected an object with id and "
                    "conversations",
                    error.byte));
  } catch (const json::out_of_range&) {
    return InvalidArgument("not valid JSON: a number is beyond what a double holds");
  }
  return LlavaRowFromJson(value);
}

std::string FormatLlavaRow(const LlavaRow& row) {
  std::string line = "{\"id\":";
  AppendString(row.id, &line);
  if (!row.image.empty()) {
    line += ",\"image\":";
    AppendString(row.image, &line);
  }
  line += ",\"conversations\":[";
  for (const LlavaTurn& turn : row.conversations) {
    if (line.back() != '[') line.push_back(',');
    line += "{\"from\":";
    AppendString(turn.from, &line);
    line += ",\"value\":";
    AppendString(turn.value, &line);
    AppendMembers(turn.other, &line);
    line.push_back('}');
  }
  line.push_back(']');
  AppendMembers(row.other, &line);
  line.push_back('}');
  return line;
}

Status ForEachLlavaRow(const std::string& path,
                       const std::function<Status(LlavaRow&&, int64_t)>& row) {
  return ForEachJsonRecord(path, [&row](std::string_view text, int64_t number) -> Status {
    FW_ASSIGN(LlavaRow parsed, ParseLlavaRow(text));
    return row(std::move(parsed), number);
  });
}

Result<std::vector<LlavaRow>> ReadLlavaRows(const std::string& path) {
  std::vector<LlavaRow> rows;
  FW_TRY(ForEachLlavaRow(path, [&rows](LlavaRow&& row, int64_t) {
    rows.push_back(std::move(row));
    return OkStatus();
  }));
  return rows;
}

LlavaRowWriter::LlavaRowWriter(std::string path, LlavaFormat format)
    : path_(std::move(path)), format_(format) {}

Result<LlavaRowWriter> LlavaRowWriter::Create(const std::string& path, LlavaFormat format) {
  LlavaRowWriter writer(path, format);
  writer.file_ =
      FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (writer.file_.get() < 0) return ErrnoStatus(errno, "create", path);
  return writer;
}

Status LlavaRowWriter::Write(const LlavaRow& row) {
  FW_TRY(CheckLlavaRow(row).WithContext(fmt::format("row '{}' for {}", row.id, path_)));
  if (format_ == LlavaFormat::kArray) waiting_ += rows_ == 0 ? "[\n" : ",\n";
  waiting_ += FormatLlavaRow(row);
  if (format_ == LlavaFormat::kLines) waiting_ += '\n';
  ++rows_;
  return waiting_.size() < kWriteAtOnce ? OkStatus() : Flush();
}

Status LlavaRowWriter::Flush() {
  FW_TRY(WriteAll(file_.get(), waiting_, path_));
  waiting_.clear();
  return OkStatus();
}

Status LlavaRowWriter::Finish() {
  if (format_ == LlavaFormat::kArray) waiting_ += rows_ == 0 ? "[]\n" : "\n]\n";
  FW_TRY(Flush());
  if (file_.Close() != 0) return ErrnoStatus(errno, "close", path_);
  return OkStatus();
}

Status WriteLlavaRows(const std::string& path, const std::vector<LlavaRow>& rows,
                      LlavaFormat format) {
  FW_ASSIGN(LlavaRowWriter writer, LlavaRowWriter::Create(path, format));
  for (const LlavaRow& row : rows) FW_TRY(writer.Write(row));
  return writer.Finish();
}

}  // namespace flywheel

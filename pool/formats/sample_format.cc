#include "pool/formats/sample_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <fstream>
#include <set>

#include "base/io/files.h"
#include "pool/formats/engine_format.h"
#include "pool/formats/image_names.h"
#include "pool/formats/record_json.h"
#include "pool/formats/sharegpt_format.h"

namespace flywheel {
namespace {

using nlohmann::json;

// As many member names as an error lists.
constexpr size_t kMostNames = 20;

// Notes the names of a first record's members, and of the first elements of its arrays: what
// formats differ in. Ends the reading as soon as the format is certain.
class MemberNames : public json::json_sax_t {
 public:
  const std::set<std::string>& names() const { return names_; }
  const std::string& error() const { return error_; }

  // The format, once the names say it.
  bool Known(SampleFormat* format) const {
    if (Has("annotations.caption")) return *format = SampleFormat::kCocoCaptions, true;
    if (Has("annotations.multiple_choice_answer")) {
      return *format = SampleFormat::kVqaAnnotations, true;
    }
    if (Has("questions.question_id") && Has("questions.image_id")) {
      return *format = SampleFormat::kVqaQuestions, true;
    }
    return false;
  }
  // The format of a record that was read to its end.
  bool KnownAtEnd(SampleFormat* format) const {
    if (Known(format)) return true;
    if (Has("instruction") && Has("answer")) return *format = SampleFormat::kEngine, true;
    if (Has("messages")) return *format = SampleFormat::kShareGpt, true;
    if (!Has("conversations")) return false;
    const bool llava = Has("id") && !Has("images") && !Has("video") && !Has("videos") &&
                       !Has("conversations.role");
    return *format = llava ? SampleFormat::kLlava : SampleFormat::kShareGpt, true;
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return ++depth_, true; }
  bool end_object() override { return --depth_, true; }
  bool start_array(size_t) override { return ++depth_, true; }
  bool end_array() override { return --depth_, true; }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      top_ = name;
      names_.insert(name.substr(0, 80));
    } else if (depth_ == 3 && names_.size() < 1000) {
      names_.insert(top_ + "." + name.substr(0, 80));
    }
    SampleFormat format;
    return !Known(&format);
  }
  bool parse_error(size_t byte, const std::string&,
                   const nlohmann::detail::exception& problem) override {
    error_ = fmt::format("not valid JSON at byte {} of the first record: {}", byte, problem.what());
    return false;
  }

 private:
  bool Has(const char* name) const { return names_.contains(name); }

  std::set<std::string> names_;
  std::string top_;
  std::string error_;
  int depth_ = 0;
};

// Goes past white space, a byte order mark and the bracket of an array, to the first record.
Status GoToRecord(std::istream& file) {
  if (file.peek() == 0xEF) file.ignore(3);
  file >> std::ws;
  if (file.peek() == '[') {
    file.ignore(1);
    file >> std::ws;
    if (file.peek() == ']') return InvalidArgument("has no record to tell its format by");
  }
  if (file.peek() == std::char_traits<char>::eof()) {
    return InvalidArgument("is empty; expected records or columns of training data");
  }
  if (file.peek() != '{') {
    return InvalidArgument(fmt::format("expected an object as the first record, found '{}'",
                                       json(std::string(1, static_cast<char>(file.peek())))
                                           .dump(-1, ' ', true, json::error_handler_t::replace)));
  }
  return OkStatus();
}

Result<SampleFormat> DetectJson(std::istream& file) {
  FW_TRY(GoToRecord(file));
  MemberNames names;
  json::sax_parse(file, &names, json::input_format_t::json, false);
  SampleFormat format;
  if (!names.error().empty()) return InvalidArgument(names.error());
  if (names.KnownAtEnd(&format)) return format;
  std::vector<std::string> top;
  for (const std::string& name : names.names()) {
    if (name.find('.') == std::string::npos && top.size() < kMostNames) top.push_back(name);
  }
  return InvalidArgument(
      fmt::format("no known format: expected conversations, messages, instruction and answer, "
                  "annotations or questions in the first record, found {}",
                  top.empty() ? "no member" : fmt::format("{}", fmt::join(top, ", "))));
}

Result<LlavaRow> RowFromJson(SampleFormat format, const json& value) {
  switch (format) {
    case SampleFormat::kLlava:
      return LlavaRowFromJson(value);
    case SampleFormat::kShareGpt:
      return RowFromShareGpt(value);
    case SampleFormat::kEngine: {
      FW_ASSIGN(const EngineSample sample, EngineSampleFromJson(value));
      return RowFromEngineSample(sample);
    }
    default:
      break;
  }
  FW_CHECK(false, "the format has no records of one row each");
  return Internal("unreachable");
}

}  // namespace

std::string_view SampleFormatName(SampleFormat format) {
  switch (format) {
    case SampleFormat::kLlava:
      return "LLaVA";
    case SampleFormat::kShareGpt:
      return "ShareGPT";
    case SampleFormat::kEngine:
      return "MLLM-DataEngine";
    case SampleFormat::kCocoCaptions:
      return "COCO captions";
    case SampleFormat::kVqaQuestions:
      return "VQA questions";
    case SampleFormat::kVqaAnnotations:
      return "VQA annotations";
    case SampleFormat::kParquet:
      return "Parquet";
  }
  return "unknown";
}

Result<SampleFormat> DetectSampleFormat(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, "read", path);
  char magic[4] = {};
  file.read(magic, sizeof magic);
  if (std::string_view(magic, sizeof magic) == "PAR1") return SampleFormat::kParquet;
  file.clear();
  file.seekg(0);
  Result<SampleFormat> format = DetectJson(file);
  if (!format.ok()) return format.status().WithContext(path);
  return format;
}

Result<LlavaRow> RowFromRecord(SampleFormat format, std::string_view text,
                               const RecordOrigin& origin) {
  FW_ASSIGN(const json value, ParseRecordJson(text));
  FW_ASSIGN(LlavaRow row, RowFromJson(format, value));
  if (row.id.empty()) row.id = fmt::format("{}_{}", origin.dataset, origin.number);
  FW_TRY(CheckLlavaRow(row));
  if (!row.image.empty()) FW_TRY(CheckImagePath(row.image).WithContext("image"));
  return row;
}

}  // namespace flywheel

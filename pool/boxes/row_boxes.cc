#include "pool/boxes/row_boxes.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <utility>
#include <vector>

#include "pool/formats/python_json.h"

namespace flywheel {
namespace {

namespace ondemand = simdjson::ondemand;

// Part of a row's text.
struct Span {
  size_t begin = 0;
  size_t end = 0;
};

// What of a row is needed, by where it lies in the row's text.
struct RowParts {
  std::string image;  // empty: none
  std::vector<Span> values;
  std::optional<Span> box_space;
  // Where a further member goes, and the white space before its name and around its colon.
  size_t end_of_members = 0;
  std::string_view before_name;
  std::string_view colon;
};

Status NotJson(simdjson::error_code error) {
  return InvalidArgument(fmt::format("not valid JSON: {}", simdjson::error_message(error)));
}

std::string_view WithoutSpaceBehind(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

// The white space that ends where `end` points.
std::string_view SpaceBefore(std::string_view text, size_t end) {
  const size_t last = end == 0 ? text.npos : text.find_last_not_of(" \t\r\n", end - 1);
  const size_t begin = last == text.npos ? 0 : last + 1;
  return text.substr(begin, end - begin);
}

// Walks over one row that is known to be JSON.
class RowReader {
 public:
  explicit RowReader(std::string_view text) : text_(text) {}

  Status Read(ondemand::document* document) {
    ondemand::json_type type;
    if (const auto error = document->type().get(type)) return NotJson(error);
    if (type != ondemand::json_type::object) return InvalidArgument("expected an object");
    ondemand::object row;
    if (const auto error = document->get_object().get(row)) return NotJson(error);
    bool has_conversations = false;
    for (auto member : row) {
      ondemand::field field;
      if (const auto error = std::move(member).get(field)) return NotJson(error);
      TakeSpacing(field);
      std::string_view name;
      if (const auto error = field.unescaped_key().get(name)) return NotJson(error);
      if (name == "image") FW_TRY(TakeImage(field.value()).WithContext(name));
      if (name == kBoxSpaceMember) FW_TRY(TakeBoxSpace(field.value()).WithContext(kBoxSpaceMember));
      if (name == "conversations") {
        has_conversations = true;
        FW_TRY(TakeConversations(field.value()));
      }
    }
    if (!has_conversations) return InvalidArgument("conversations: is missing");
    parts_.end_of_members = WithoutSpaceBehind(text_).size() - 1;  // the bracket
    parts_.end_of_members -= SpaceBefore(text_, parts_.end_of_members).size();
    return OkStatus();
  }

  RowParts Take() { return std::move(parts_); }

 private:
  size_t At(const char* place) const { return static_cast<size_t>(place - text_.data()); }

  Span SpanOf(std::string_view token) const {
    const std::string_view text = WithoutSpaceBehind(token);
    return {At(text.data()), At(text.data()) + text.size()};
  }

  // The second member says how members are spaced; the first, when it is the only one.
  void TakeSpacing(ondemand::field& field) {
    if (++members_ > 2) return;
    parts_.before_name = SpaceBefore(text_, At(field.key().raw()) - 1);
    const size_t value = At(field.value().raw_json_token().data());
    const size_t colon = text_.rfind(':', value - 1);
    const size_t begin = colon - SpaceBefore(text_, colon).size();
    parts_.colon = text_.substr(begin, value - begin);
  }

  static Status WrongType(std::string_view expected, std::string_view token) {
    return InvalidArgument(
        fmt::format("expected {}, found {}", expected, WithoutSpaceBehind(token).substr(0, 40)));
  }

  Status TakeImage(ondemand::value value) {
    const std::string_view token = value.raw_json_token();
    parts_.image.clear();
    if (token.front() == 'n') return OkStatus();
    if (token.front() != '"') return WrongType("a string", token);
    std::string_view image;
    if (const auto error = value.get_string().get(image)) return NotJson(error);
    parts_.image = image;
    return OkStatus();
  }

  Status TakeBoxSpace(ondemand::value value) {
    if (parts_.box_space) return InvalidArgument("occurs twice");
    const std::string_view token = value.raw_json_token();
    if (token.front() != '"') return WrongType("\"square\" or \"original\"", token);
    parts_.box_space = SpanOf(token);
    return OkStatus();
  }

  Status TakeConversations(ondemand::value value) {
    ondemand::array turns;
    if (std::move(value).get_array().get(turns)) {
      return InvalidArgument("conversations: expected an array of turns");
    }
    int64_t index = 0;
    for (auto found : turns) {
      ondemand::value turn;
      if (const auto error = std::move(found).get(turn)) return NotJson(error);
      FW_TRY(TakeTurn(turn).WithContext(fmt::format("conversations[{}]", index)));
      ++index;
    }
    return OkStatus();
  }

  Status TakeTurn(ondemand::value value) {
    ondemand::object turn;
    if (std::move(value).get_object().get(turn)) {
      return InvalidArgument("expected an object with from and value");
    }
    for (auto member : turn) {
      ondemand::field field;
      if (const auto error = std::move(member).get(field)) return NotJson(error);
      std::string_view name;
      if (const auto error = field.unescaped_key().get(name)) return NotJson(error);
      if (name != "value") continue;
      const std::string_view token = field.value().raw_json_token();
      if (token.front() != '"') return WrongType("a string", token).WithContext("value");
      parts_.values.push_back(SpanOf(token));
    }
    return OkStatus();
  }

  std::string_view text_;
  RowParts parts_;
  int members_ = 0;
};

}  // namespace

struct RowBoxConverter::Impl {
  BoxConversion conversion;
  ImageSizeLookup size_of;
  ondemand::parser parser;
  std::string padded;  // the row and what simdjson may read behind it
  // Reads every byte of a row, which simdjson's way of skipping what nobody asks for does not.
  PythonJsonWriter whole_reader;
  std::string unused;

  Result<RowParts> Read(std::string_view json);
  Result<ConvertedRow> Convert(std::string_view json, const RowParts& parts);
};

Result<RowParts> RowBoxConverter::Impl::Read(std::string_view json) {
  unused.clear();
  FW_TRY(whole_reader.Append(json, 0, &unused));
  padded.assign(json);
  padded.append(simdjson::SIMDJSON_PADDING, ' ');
  ondemand::document document;
  const simdjson::padded_string_view text(padded.data(), json.size(), padded.size());
  if (const auto error = parser.iterate(text).get(document)) return NotJson(error);
  RowReader reader(std::string_view(padded).substr(0, json.size()));
  FW_TRY(reader.Read(&document));
  return reader.Take();
}

Result<ConvertedRow> RowBoxConverter::Impl::Convert(std::string_view json, const RowParts& parts) {
  FW_ASSIGN(const ImageSize size, size_of(parts.image));
  ConvertedRow row;
  const std::string stamp = fmt::format("\"{}\"", BoxSpaceName(conversion.to));
  size_t copied = 0;
  const auto stamp_if_before = [&](size_t place) {
    if (!parts.box_space || parts.box_space->begin < copied || parts.box_space->begin > place)
      return;
    row.json.append(json, copied, parts.box_space->begin - copied).append(stamp);
    copied = parts.box_space->end;
  };
  for (const Span& value : parts.values) {
    stamp_if_before(value.begin);
    row.json.append(json, copied, value.begin - copied);
    const ConvertedText text =
        ConvertBoxes(json.substr(value.begin, value.end - value.begin), size, conversion.to);
    row.json += text.text;
    row.boxes += text.boxes;
    copied = value.end;
  }
  stamp_if_before(json.size());
  if (!parts.box_space) {
    row.json.append(json, copied, parts.end_of_members - copied);
    row.json.append(",").append(parts.before_name).append(fmt::format("\"{}\"", kBoxSpaceMember));
    row.json.append(parts.colon).append(stamp);
    copied = parts.end_of_members;
  }
  row.json.append(json, copied);
  return row;
}

BoxConversion ConversionTo(BoxSpace to) {
  return {to, to == BoxSpace::kOriginal ? BoxSpace::kSquarePadded : BoxSpace::kOriginal};
}

RowBoxConverter::RowBoxConverter(const BoxConversion& conversion, ImageSizeLookup size_of)
    : impl_(std::make_unique<Impl>()) {
  impl_->conversion = conversion;
  impl_->size_of = std::move(size_of);
}
RowBoxConverter::~RowBoxConverter() = default;
RowBoxConverter::RowBoxConverter(RowBoxConverter&&) noexcept = default;
RowBoxConverter& RowBoxConverter::operator=(RowBoxConverter&&) noexcept = default;

Result<ConvertedRow> RowBoxConverter::Convert(std::string_view json) {
  FW_ASSIGN(const RowParts parts, impl_->Read(json));
  BoxSpace space = impl_->conversion.unrecorded;
  if (parts.box_space) {
    const size_t begin = parts.box_space->begin + 1;
    const Result<BoxSpace> recorded =
        BoxSpaceFromName(json.substr(begin, parts.box_space->end - 1 - begin));
    FW_TRY(recorded.status().WithContext(kBoxSpaceMember));
    space = *recorded;
  }
  bool has_boxes = false;
  for (const Span& value : parts.values) {
    has_boxes |= HasBoxes(json.substr(value.begin, value.end - value.begin));
  }
  const bool is_there = space == impl_->conversion.to;
  if (!has_boxes || is_there || parts.image.empty()) return ConvertedRow{std::string(json), 0};
  return impl_->Convert(json, parts);
}

}  // namespace flywheel

#include "pool/formats/python_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "pool/formats/python_scalars.h"

namespace flywheel {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kDeepest = 900;
constexpr int kIndent = 4;
constexpr std::string_view kColon = ": ";
// From so many members on an object's names are looked up by hash.
constexpr size_t kManyMembers = 16;

Status NotJson(std::string_view problem) {
  return InvalidArgument(fmt::format("not valid JSON: {}", problem));
}
Status NotJson(simdjson::error_code error) { return NotJson(simdjson::error_message(error)); }

void AppendLine(int level, std::string* out) {
  out->push_back('\n');
  out->append(static_cast<size_t>(level) * kIndent, ' ');
}

// The members of one object on their way to the text: notices a name that comes again.
class Members {
 public:
  // `begin` is where the object's text begins in *out.
  Members(size_t begin, std::string* out) : begin_(begin), out_(out) {}

  // A member has been written: its name from `name` on, its value from `value` to the text's end.
  void Add(size_t name, size_t value) {
    const Member member{name, value - kColon.size(), value, out_->size()};
    const std::string_view key = NameOf(member);
    const size_t earlier = Find(key);
    if (earlier == members_.size()) {
      if (!by_name_.empty()) by_name_.emplace(key, members_.size());
      members_.push_back(member);
      return;
    }
    members_[earlier].value = member.value;
    members_[earlier].value_end = member.value_end;
    again_ = true;
  }

  bool empty() const { return members_.empty(); }

  // Writes the object once more when a name came again.
  void Finish(int level) {
    if (!again_) return;
    std::string text = "{";
    for (const Member& member : members_) {
      if (text.size() > 1) text.push_back(',');
      AppendLine(level, &text);
      text.append(NameOf(member)).append(kColon);
      text.append(*out_, member.value, member.value_end - member.value);
    }
    out_->replace(begin_, std::string::npos, text);
  }

 private:
  struct Member {
    size_t name = 0;
    size_t name_end = 0;
    size_t value = 0;
    size_t value_end = 0;
  };

  std::string_view NameOf(const Member& member) const {
    return std::string_view(*out_).substr(member.name, member.name_end - member.name);
  }

  size_t Find(std::string_view name) {
    if (members_.size() < kManyMembers) {
      return static_cast<size_t>(
          std::find_if(members_.begin(), members_.end(),
                       [&](const Member& one) { return NameOf(one) == name; }) -
          members_.begin());
    }
    if (by_name_.empty()) {
      for (size_t i = 0; i < members_.size(); ++i) by_name_.emplace(NameOf(members_[i]), i);
    }
    const auto found = by_name_.find(std::string(name));
    return found == by_name_.end() ? members_.size() : found->second;
  }

  size_t begin_;
  std::string* out_;
  std::vector<Member> members_;
  std::unordered_map<std::string, size_t> by_name_;
  bool again_ = false;
};

class Printer {
 public:
  explicit Printer(std::string* out) : out_(out) {}

  Status Object(simdjson::simdjson_result<ondemand::object> found, int level) {
    ondemand::object object;
    if (const auto error = std::move(found).get(object)) return NotJson(error);
    FW_TRY(GoDeeper());
    Members members(out_->size(), out_);
    out_->push_back('{');
    for (auto member : object) {
      ondemand::field field;
      if (const auto error = std::move(member).get(field)) return NotJson(error);
      if (!members.empty()) out_->push_back(',');
      AppendLine(level + 1, out_);
      const size_t name = out_->size();
      FW_TRY(AppendPythonString(field.key().raw(), out_));
      out_->append(kColon);
      const size_t value = out_->size();
      FW_TRY(Value(field.value(), level + 1));
      members.Add(name, value);
    }
    members.Finish(level + 1);
    return Close(members.empty() ? "}" : "", level, '}');
  }

  Status Array(simdjson::simdjson_result<ondemand::array> found, int level) {
    ondemand::array array;
    if (const auto error = std::move(found).get(array)) return NotJson(error);
    FW_TRY(GoDeeper());
    out_->push_back('[');
    bool empty = true;
    for (auto item : array) {
      ondemand::value value;
      if (const auto error = std::move(item).get(value)) return NotJson(error);
      if (!empty) out_->push_back(',');
      empty = false;
      AppendLine(level + 1, out_);
      FW_TRY(Value(value, level + 1));
    }
    return Close(empty ? "]" : "", level, ']');
  }

 private:
  Status Value(ondemand::value value, int level) {
    const std::string_view token = value.raw_json_token();
    switch (token.front()) {
      case '{':
        return Object(value.get_object(), level);
      case '[':
        return Array(value.get_array(), level);
      case '"': {
        // Taken, not skipped: a skipped string may have a colon behind it, like a name.
        ondemand::raw_json_string text;
        if (const auto error = value.get_raw_json_string().get(text)) return NotJson(error);
        return AppendPythonString(text.raw(), out_);
      }
      default:
        return AppendPythonScalar(token, out_);
    }
  }

  Status GoDeeper() {
    if (++depth_ <= kDeepest) return OkStatus();
    return InvalidArgument(fmt::format("is nested deeper than {} levels", kDeepest));
  }

  Status Close(std::string_view compact, int level, char bracket) {
    --depth_;
    if (compact.empty()) {
      AppendLine(level, out_);
      out_->push_back(bracket);
    } else {
      out_->append(compact);
    }
    return OkStatus();
  }

  std::string* out_;
  int depth_ = 0;
};

}  // namespace

struct PythonJsonWriter::Impl {
  ondemand::parser parser;
  std::string padded;  // the text and what simdjson may read behind it
};

PythonJsonWriter::PythonJsonWriter() : impl_(std::make_unique<Impl>()) {}
PythonJsonWriter::~PythonJsonWriter() = default;
PythonJsonWriter::PythonJsonWriter(PythonJsonWriter&&) noexcept = default;
PythonJsonWriter& PythonJsonWriter::operator=(PythonJsonWriter&&) noexcept = default;

Status PythonJsonWriter::Append(std::string_view json, int level, std::string* out) {
  impl_->padded.assign(json);
  impl_->padded.append(simdjson::SIMDJSON_PADDING, ' ');
  const size_t before = out->size();
  const auto print = [&]() -> Status {
    // simdjson would pass over a scalar at the end of a text that was cut short.
    const size_t last = json.find_last_not_of(" \t\r\n");
    if (last == json.npos || (json[last] != '}' && json[last] != ']')) {
      return NotJson("expected an object or an array to its last bracket");
    }
    ondemand::document document;
    const simdjson::padded_string_view text(impl_->padded.data(), json.size(),
                                            impl_->padded.size());
    if (const auto error = impl_->parser.iterate(text).get(document)) return NotJson(error);
    ondemand::json_type type;
    if (const auto error = document.type().get(type)) return NotJson(error);
    Printer printer(out);
    if (type == ondemand::json_type::object) {
      FW_TRY(printer.Object(document.get_object(), level));
    } else if (type == ondemand::json_type::array) {
      FW_TRY(printer.Array(document.get_array(), level));
    } else {
      return NotJson("expected an object or an array");
    }
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? OkStatus() : NotJson("text after the end of the value");
  };
  Status status = print();
  if (!status.ok()) out->resize(before);
  return status;
}

}  // namespace flywheel

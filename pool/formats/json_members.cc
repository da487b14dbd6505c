#include "pool/formats/json_members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <fstream>
#include <utility>
#include <vector>

#include "base/io/files.h"
#include "pool/formats/record_json.h"

namespace flywheel {
namespace {

using nlohmann::json;
using ElementFunction = std::function<Status(const json&, int64_t)>;

// As many names and as much of each as an error shows.
constexpr size_t kMostNames = 20;
constexpr size_t kLongestName = 80;

// Follows a file from the outside: knows the top-level member it is in, and leaves the values of
// the one that was asked for to its heirs.
class MemberReader : public json::json_sax_t {
 public:
  explicit MemberReader(std::string_view member) : member_(member) {}

  // What stopped the reading; OK also when an heir has stopped it because it has all it wants.
  const Status& status() const { return status_; }
  bool found() const { return found_; }
  const std::vector<std::string>& names() const { return names_; }

  bool null() override { return Take(json()); }
  bool boolean(bool value) override { return Take(json(value)); }
  bool number_integer(number_integer_t value) override { return Take(json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Take(json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return Take(json(value)); }
  bool string(string_t& value) override { return Take(json(std::move(value))); }
  bool binary(binary_t&) override { return Fail(InvalidArgument("binary is not JSON")); }
  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (depth_ > 1) return !inside_ || Key(name);
    if (names_.size() < kMostNames) names_.push_back(name.substr(0, kLongestName));
    inside_ = name == member_;
    if (inside_ && found_) {
      return Fail(InvalidArgument(fmt::format("member '{}' occurs twice", member_)));
    }
    found_ |= inside_;
    return true;
  }
  bool parse_error(size_t byte, const std::string&,
                   const nlohmann::detail::exception& problem) override {
    const std::string_view what = problem.what();
    const size_t colon = what.find(": ");
    return Fail(InvalidArgument(fmt::format("not valid JSON at byte {}: {}", byte,
                                            colon == what.npos ? what : what.substr(colon + 2))));
  }

 protected:
  // Of the member's value: a scalar, a container that begins or ends, a key in it.
  virtual bool Value(json value) = 0;
  virtual bool Begin(json container) = 0;
  virtual bool End() = 0;
  virtual bool Key(const std::string& name) = 0;

  bool Fail(Status status) {
    status_ = std::move(status);
    return false;
  }
  std::string_view member() const { return member_; }

 private:
  bool Take(json value) {
    if (depth_ == 0) return Fail(InvalidArgument("expected one object, found another value"));
    return !inside_ || Value(std::move(value));
  }
  bool Open(json container) {
    if (++depth_ == 1) {
      return container.is_object() || Fail(InvalidArgument("expected one object, found an array"));
    }
    return !inside_ || Begin(std::move(container));
  }
  bool Close() {
    --depth_;
    return !inside_ || depth_ == 0 || End();
  }

  std::string_view member_;
  Status status_;
  std::vector<std::string> names_;
  int64_t depth_ = 0;
  bool inside_ = false;
  bool found_ = false;
};

// Builds each element of the member's array and hands it on.
class ElementReader : public MemberReader {
 public:
  ElementReader(const MemberQuery& query, const ElementFunction& element)
      : MemberReader(query.member), rest_(query.rest), element_(element) {}

 protected:
  bool Value(json value) override {
    if (!in_array_) return NoArray(value);
    if (open_.empty()) return Emit(value);
    return Put(std::move(value)) != nullptr;
  }
  bool Begin(json container) override {
    if (!in_array_) {
      in_array_ = container.is_array();
      return in_array_ || NoArray(container);
    }
    if (open_.size() == static_cast<size_t>(kMaxNesting)) {
      return Fail(Place(InvalidArgument(
          fmt::format("nested too deeply: expected at most {} levels", kMaxNesting))));
    }
    if (open_.empty()) {
      root_ = std::move(container);
      open_.push_back(&root_);
      return true;
    }
    json* place = Put(std::move(container));
    if (place != nullptr) open_.push_back(place);
    return place != nullptr;
  }
  bool End() override {
    if (open_.empty()) {
      in_array_ = false;
      return rest_ == RestOfFile::kRead;
    }
    open_.pop_back();
    return !open_.empty() || Emit(root_);
  }
  bool Key(const std::string& name) override {
    key_ = name;
    return true;
  }

 private:
  Status Place(const Status& status) const {
    return status.WithContext(fmt::format("{}[{}]", member(), index_));
  }
  bool NoArray(const json& value) {
    return Fail(InvalidArgument(
        fmt::format("{}: expected an array, found {}", member(), value.type_name())));
  }
  bool Emit(const json& value) {
    const Status status = element_(value, index_);
    if (!status.ok()) return Fail(Place(status));
    ++index_;
    return true;
  }
  // Where the value lies now; nullptr after a failure.
  json* Put(json value) {
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    const auto [at, fresh] = parent.emplace(key_, std::move(value));
    if (fresh) return &*at;
    Fail(Place(
        InvalidArgument(fmt::format("member '{}' occurs twice", key_.substr(0, kLongestName)))));
    return nullptr;
  }

  RestOfFile rest_;
  const ElementFunction& element_;
  int64_t index_ = 0;
  bool in_array_ = false;
  json root_;
  std::vector<json*> open_;  // the containers the next value lies in, the element first
  std::string key_;
};

// Keeps the member's text and stops there.
class TextReader : public MemberReader {
 public:
  using MemberReader::MemberReader;
  std::string text() && { return std::move(text_); }

 protected:
  bool Value(json value) override {
    if (!value.is_string()) return Begin(std::move(value));
    text_ = value.get<std::string>();
    return false;
  }
  bool Begin(json container) override {
    return Fail(InvalidArgument(
        fmt::format("{}: expected a string, found {}", member(), container.type_name())));
  }
  bool End() override { return true; }
  bool Key(const std::string&) override { return true; }

 private:
  std::string text_;
};

Status Read(const std::string& path, MemberReader* reader) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, "read", path);
  json::sax_parse(file, reader);
  if (file.bad()) return Unavailable(fmt::format("read {}: failed midway", path));
  return reader->status().WithContext(path);
}

}  // namespace

Status ForEachMemberElement(const std::string& path, const MemberQuery& query,
                            const ElementFunction& element) {
  ElementReader reader(query, element);
  FW_TRY(Read(path, &reader));
  if (reader.found()) return OkStatus();
  return InvalidArgument(
      fmt::format("{}: has no {}; found {}", path, query.member, fmt::join(reader.names(), ", ")));
}

Result<std::string> ReadMemberText(const std::string& path, std::string_view member) {
  TextReader reader(member);
  FW_TRY(Read(path, &reader));
  if (reader.found()) return std::move(reader).text();
  return NotFound(
      fmt::format("{}: has no {}; found {}", path, member, fmt::join(reader.names(), ", ")));
}

}  // namespace flywheel

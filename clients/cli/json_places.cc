#include "clients/cli/json_places.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

namespace flywheel {
namespace {

// Reads characters and counts lines; the parser's copies share one count.
class LineCountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineCountingIterator(const char* at, int* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  LineCountingIterator& operator++() {
    if (*at_ == '\n') ++*line_;
    ++at_;
    return *this;
  }
  bool operator==(const LineCountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  int* line_;
};

// Notes the line at every key and every element of an array.
class PlaceRecorder : public nlohmann::json_sax<nlohmann::json> {
 public:
  PlaceRecorder(const int* line, std::map<std::string, int>* lines) : line_(line), lines_(lines) {}

  bool null() override { return Value(); }
  bool boolean(bool) override { return Value(); }
  bool number_integer(number_integer_t) override { return Value(); }
  bool number_unsigned(number_unsigned_t) override { return Value(); }
  bool number_float(number_float_t, const string_t&) override { return Value(); }
  bool string(string_t&) override { return Value(); }
  bool binary(binary_t&) override { return Value(); }
  bool start_object(std::size_t) override { return Open(-1); }
  bool start_array(std::size_t) override { return Open(0); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }
  bool key(string_t& name) override {
    member_ = JoinPath(open_.back().path, name);
    (*lines_)[member_] = *line_;
    return true;
  }

 private:
  struct Container {
    std::string path;
    int next_index;  // -1 in an object
  };

  // The path of the value that begins here.
  std::string Begin() {
    if (open_.empty()) return "";
    Container& container = open_.back();
    if (container.next_index < 0) return member_;
    std::string path = fmt::format("{}[{}]", container.path, container.next_index++);
    (*lines_)[path] = *line_;
    return path;
  }
  bool Value() {
    Begin();
    return true;
  }
  bool Open(int first_index) {
    std::string path = Begin();
    open_.push_back({std::move(path), first_index});
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  const int* line_;
  std::map<std::string, int>* lines_;
  std::vector<Container> open_;
  std::string member_;
};

// The path one level up: "a" of "a.b" and of "a[2]".
std::string Parent(const std::string& path) {
  const size_t end = path.find_last_of(".[");
  return end == std::string::npos ? "" : path.substr(0, end);
}

}  // namespace

std::string JoinPath(std::string_view parent, std::string_view member) {
  return parent.empty() ? std::string(member) : fmt::format("{}.{}", parent, member);
}

JsonPlaces::JsonPlaces(std::string_view text, std::string source) : source_(std::move(source)) {
  int line = 1;
  PlaceRecorder recorder(&line, &lines_);
  nlohmann::json::sax_parse(LineCountingIterator(text.data(), &line),
                            LineCountingIterator(text.data() + text.size(), &line), &recorder,
                            nlohmann::json::input_format_t::json, true, true);
}

void JsonPlaces::Override(const std::string& path, const std::string& source) {
  overrides_[path] = source;
}

std::string JsonPlaces::Describe(const std::string& path) const {
  const std::string suffix = path.empty() ? "" : ": " + path;
  std::string at = path;
  while (!at.empty()) {
    if (const auto found = overrides_.find(at); found != overrides_.end()) {
      return found->second + suffix;
    }
    if (const auto found = lines_.find(at); found != lines_.end()) {
      return fmt::format("{}:{}{}", source_, found->second, suffix);
    }
    at = Parent(at);
  }
  return source_ + suffix;
}

}  // namespace flywheel

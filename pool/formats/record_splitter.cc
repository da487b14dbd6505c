#include "pool/formats/record_splitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

namespace flywheel {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string Shown(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isprint(byte) != 0 ? fmt::format("'{}'", c) : fmt::format("the byte 0x{:02x}", byte);
}

}  // namespace

RecordSplitter::RecordSplitter(RecordLayout layout, int64_t offset, int64_t number)
    : layout_(layout),
      position_(offset),
      number_(number),
      between_(number == 1 ? Between::kArray : Between::kComma) {}

Status RecordSplitter::Wrong(std::string_view expected, char found) const {
  const std::string after = number_ > 1 ? fmt::format(" after record {}", number_ - 1) : "";
  return InvalidArgument(
      fmt::format("byte {}: expected {}{}, found {}", position_, expected, after, Shown(found)));
}

void RecordSplitter::Found(int64_t end, FoundRecord* found) {
  *found = {record_begin_, end - record_begin_, number_};
  ++number_;
  record_begin_ = -1;
}

Result<RecordSplitter::Step> RecordSplitter::Next(std::string_view bytes, int64_t base,
                                                  FoundRecord* found) {
  if (layout_ == RecordLayout::kLines) return NextLine(bytes, base, found);
  return NextElement(bytes, base, found);
}

Result<bool> RecordSplitter::TakeBetween(char c) {
  switch (between_) {
    case Between::kArray:
      if (c != '[') return Wrong("'['", c);
      between_ = Between::kFirstRecord;
      return false;
    case Between::kFirstRecord:
      if (c == ']') {
        between_ = Between::kNothing;
        return false;
      }
      [[fallthrough]];
    case Between::kRecord:
      if (c == ',' || c == ']' || c == '}' || c == ':') return Wrong("a record", c);
      return true;
    case Between::kComma:
      if (c != ',' && c != ']') return Wrong("',' or ']'", c);
      between_ = c == ',' ? Between::kRecord : Between::kNothing;
      return false;
    case Between::kNothing:
      return Wrong("nothing behind the array", c);
  }
  return false;
}

Result<RecordSplitter::Step> RecordSplitter::NextElement(std::string_view bytes, int64_t base,
                                                         FoundRecord* found) {
  while (record_begin_ < 0) {
    const auto at = static_cast<size_t>(position_ - base);
    if (at >= bytes.size()) return Step::kNeedMore;
    if (!IsSpace(bytes[at])) {
      FW_ASSIGN(const bool begins, TakeBetween(bytes[at]));
      if (begins) {
        record_begin_ = position_;
        depth_ = 0;
        in_string_ = false;
        break;
      }
    }
    ++position_;
  }
  if (!ScanElement(bytes, base)) return Step::kNeedMore;
  Found(position_, found);
  between_ = Between::kComma;
  return Step::kRecord;
}

// Most bytes of instruction data lie within strings, so these are searched by memchr.
bool RecordSplitter::ScanString(std::string_view bytes, size_t* at) {
  size_t from = *at;
  while (true) {
    const void* quote = std::memchr(bytes.data() + from, '"', bytes.size() - from);
    const size_t stop = quote == nullptr
                            ? bytes.size()
                            : static_cast<size_t>(static_cast<const char*>(quote) - bytes.data());
    size_t run = 0;
    while (stop - run > from && bytes[stop - run - 1] == '\\') ++run;
    bool odd = run % 2 == 1;
    if (stop - run == from) odd ^= odd_backslashes_;
    odd_backslashes_ = quote == nullptr && odd;
    *at = quote == nullptr ? stop : stop + 1;
    if (quote == nullptr) return false;
    if (!odd) {
      in_string_ = false;
      return true;
    }
    from = *at;
  }
}

bool RecordSplitter::ScanScalar(std::string_view bytes, size_t* at) {
  while (*at < bytes.size()) {
    const char c = bytes[*at];
    if (c == ',' || c == ']' || IsSpace(c)) return true;
    ++*at;
  }
  return false;
}

// Leaves position_ behind the element when it ends in `bytes`.
bool RecordSplitter::ScanElement(std::string_view bytes, int64_t base) {
  auto at = static_cast<size_t>(position_ - base);
  bool ended = false;
  while (at < bytes.size() && !ended) {
    if (in_string_) {
      ended = ScanString(bytes, &at) && depth_ == 0;
      continue;
    }
    const char c = bytes[at];
    if (depth_ == 0 && c != '{' && c != '[' && c != '"') {
      ended = ScanScalar(bytes, &at);
      continue;
    }
    ++at;
    if (c == '"') {
      in_string_ = true;
      odd_backslashes_ = false;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      ended = --depth_ == 0;
    }
  }
  position_ = base + static_cast<int64_t>(at);
  return ended;
}

RecordSplitter::Step RecordSplitter::NextLine(std::string_view bytes, int64_t base,
                                              FoundRecord* found) {
  while (true) {
    const auto at = static_cast<size_t>(position_ - base);
    if (at >= bytes.size()) return Step::kNeedMore;
    if (record_begin_ < 0) {
      record_begin_ = position_;
      line_has_text_ = false;
    }
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    // Looked at piece by piece: of an overlong line the beginning is gone when its end comes.
    line_has_text_ = line_has_text_ || bytes.substr(at, end - at).find_first_not_of(" \t\r") !=
                                           std::string_view::npos;
    position_ = base + static_cast<int64_t>(end);
    if (end == bytes.size()) return Step::kNeedMore;
    const int64_t line_end = position_++;
    if (line_has_text_) {
      Found(line_end, found);
      return Step::kRecord;
    }
    ++number_;
    record_begin_ = -1;
  }
}

Result<RecordSplitter::Step> RecordSplitter::End(FoundRecord* found) {
  if (layout_ == RecordLayout::kLines) {
    if (record_begin_ < 0 || !line_has_text_) return Step::kNeedMore;
    Found(position_, found);
    return Step::kRecord;
  }
  if (record_begin_ >= 0) {
    return InvalidArgument(
        fmt::format("the file ends at byte {} within record {}, which begins at "
                    "byte {}",
                    position_, number_, record_begin_));
  }
  if (between_ != Between::kNothing) {
    return InvalidArgument(fmt::format(
        "the file ends at byte {} within the array, after {} records", position_, number_ - 1));
  }
  return Step::kNeedMore;
}

}  // namespace flywheel

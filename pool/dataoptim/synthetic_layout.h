// One record of DataOptim's files as it is written, turn by turn: the members and the indentation
// of Python's json.dump(rows, indent=4). Takes texts as JSON has them, quotes and new lines
// escaped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flywheel {

class SyntheticLayout {
 public:
  explicit SyntheticLayout(std::string* out) : out_(out) {}

  // The id and, unless it is empty, the image.
  void Open(std::string_view id, std::string_view image) {
    out_->append("{\n        \"id\": \"").append(id);
    if (!image.empty()) out_->append("\",\n        \"image\": \"").append(image);
    out_->append("\",\n        \"conversations\": [");
    turns_ = 0;
  }
  // The value's text is appended to text() until the next call.
  void BeginTurn() {
    if (turns_ > 0) out_->append(kEndOfTurn).push_back(',');
    out_->append(turns_ % 2 == 0 ? kHuman : kGpt);
    ++turns_;
  }
  void Close() { out_->append(kEndOfTurn).append(kEndOfRow); }

  std::string* text() { return out_; }

  // What Close adds, and what a further turn costs beside its text.
  static constexpr size_t close_bytes() { return kEndOfTurn.size() + kEndOfRow.size(); }
  static constexpr size_t turn_bytes() { return kEndOfTurn.size() + 1 + kHuman.size(); }

 private:
  static constexpr std::string_view kHuman =
      "\n            {\n                \"from\": \"human\",\n                \"value\": \"";
  static constexpr std::string_view kGpt =
      "\n            {\n                \"from\": \"gpt\",\n                \"value\": \"";
  static constexpr std::string_view kEndOfTurn = "\"\n            }";
  static constexpr std::string_view kEndOfRow = "\n        ]\n    }";

  std::string* out_;
  size_t turns_ = 0;
};

}  // namespace flywheel

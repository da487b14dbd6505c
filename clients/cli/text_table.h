// Aligned text tables: columns as wide as their widest cell, counted in characters, not bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flywheel {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  // Columns before `first_right` are aligned left, those from it on right.
  explicit TextTable(std::vector<std::string> header, size_t first_right = 1);

  void AlignColumn(size_t column, Align align) { align_[column] = align; }
  // Missing cells at the end are empty.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.size() <= 1; }

  // Every line indented by two spaces, without spaces at its end.
  std::string Render() const;

 private:
  std::vector<Align> align_;
  std::vector<std::vector<std::string>> rows_;  // the header first
};

// Characters of UTF-8 text (code points; wide and combining ones are not expected here).
size_t DisplayWidth(std::string_view text);

}  // namespace flywheel

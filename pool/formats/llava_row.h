// The LLaVA row, the format of training data: {id, image?, conversations [{from, value}]}. Reads
// and writes it as a JSON array (what LLaVA's trainer loads) and as JSON lines (what our artifacts
// are), one row in memory at a time. Members it does not know are kept. Does not look at images.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/file_descriptor.h"
#include "base/result.h"

namespace flywheel {

// Stands in a human turn for the picture.
inline constexpr std::string_view kImageToken = "<image>";

struct LlavaTurn {
  std::string from;  // "human" or "gpt"
  std::string value;
  nlohmann::json other = nlohmann::json::object();  // further members of the turn

  bool operator==(const LlavaTurn&) const = default;
};

struct LlavaRow {
  std::string id;     // text, as leading zeros count; not unique in published data
  std::string image;  // empty: text only, and the member is left out of the JSON
  std::vector<LlavaTurn> conversations;
  nlohmann::json other = nlohmann::json::object();  // further members of the row

  bool operator==(const LlavaRow&) const = default;
};

// What LLaVA's trainer needs: at least one pair of turns, human and gpt alternating, human first
// and gpt last, no empty answer, "<image>" in a human turn exactly when there is an image.
// INVALID_ARGUMENT names the member: "conversations[1].from: expected \"gpt\", found \"human\"".
Status CheckLlavaRow(const LlavaRow& row);

// One JSON object, checked. A numeric id becomes its digits; an image that is null or empty is an
// error, because trainers open it.
Result<LlavaRow> LlavaRowFromJson(const nlohmann::json& value);
Result<LlavaRow> ParseLlavaRow(std::string_view text);

// One line of compact JSON without its end: id, image, conversations, then the other members by
// name. Equal rows give equal bytes.
std::string FormatLlavaRow(const LlavaRow& row);

// Calls `row` with each row and its number from 1. The first character of the file tells a JSON
// array from JSON lines. Errors name file, record and, for JSON lines, the line:
// "a.json: record 3: image: ...". Stops at the first failure.
Status ForEachLlavaRow(const std::string& path,
                       const std::function<Status(LlavaRow&& row, int64_t number)>& row);
Result<std::vector<LlavaRow>> ReadLlavaRows(const std::string& path);

enum class LlavaFormat { kLines, kArray };

// Writes rows one by one. Call Finish once, at the end: it closes the array and writes what waits.
class LlavaRowWriter {
 public:
  static Result<LlavaRowWriter> Create(const std::string& path, LlavaFormat format);
  // Refuses a row that fails CheckLlavaRow.
  Status Write(const LlavaRow& row);
  Status Finish();

 private:
  LlavaRowWriter(std::string path, LlavaFormat format);
  Status Flush();

  std::string path_;
  LlavaFormat format_;
  FileDescriptor file_;
  std::string waiting_;  // rows that are not written yet
  int64_t rows_ = 0;
};

Status WriteLlavaRows(const std::string& path, const std::vector<LlavaRow>& rows,
                      LlavaFormat format);

}  // namespace flywheel

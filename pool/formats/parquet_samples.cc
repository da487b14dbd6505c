#include "pool/formats/parquet_samples.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "pool/formats/image_names.h"
#include "pool/formats/parquet_columns.h"
#include "pool/formats/record_json.h"

namespace flywheel {
namespace {

using nlohmann::json;

// Rows that one query asks for: a list in SQL that DuckDB still plans in milliseconds.
constexpr size_t kRowsAtOnce = 2048;

enum Column { kRow, kId, kConversations, kDataSource, kOthers, kPath, kBytes };

std::string OrNull(const std::string& expression) {
  return expression.empty() ? "NULL::VARCHAR" : expression;
}

std::string Select(const ParquetColumns& columns, const std::string& bytes) {
  return fmt::format("SELECT file_row_number, {}, {}, {}, {}, {}, {} FROM {}", columns.id,
                     columns.conversations, OrNull(columns.data_source), OrNull(columns.others),
                     OrNull(columns.image_path), OrNull(bytes), columns.from);
}

std::string TextOf(const DuckRows& rows, Column column, int64_t row) {
  return rows.IsNull(column, row) ? "" : std::string(rows.Text(column, row));
}

// All but where the image is.
ParquetSample SampleAt(const DuckRows& rows, int64_t row) {
  return {.row = rows.Int(kRow, row),
          .id = TextOf(rows, kId, row),
          .conversations = TextOf(rows, kConversations, row),
          .data_source = TextOf(rows, kDataSource, row),
          .others = TextOf(rows, kOthers, row),
          .image_path = TextOf(rows, kPath, row)};
}

ImagePlace PlaceOf(const ParquetSample& sample, bool in_file) {
  if (in_file) return ImagePlace::kInFile;
  return sample.image_path.empty() ? ImagePlace::kNone : ImagePlace::kOutside;
}

using RowFunction = std::function<Status(size_t, const ParquetSample&, std::string_view)>;

// The rows that are wanted of one file: row -> the places in the caller's list.
using Wanted = std::map<int64_t, std::vector<size_t>>;

Status ReadSome(Duck& duck, const ParquetColumns& columns, const Wanted& wanted,
                std::span<const int64_t> numbers, const RowFunction& take) {
  FW_ASSIGN(DuckRows rows, duck.Query(fmt::format("{} WHERE file_row_number IN ({})",
                                                  Select(columns, columns.image_bytes),
                                                  fmt::join(numbers, ", "))));
  size_t seen = 0;
  for (;;) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) break;
    for (int64_t row = 0; row < rows.rows(); ++row, ++seen) {
      ParquetSample sample = SampleAt(rows, row);
      sample.image = PlaceOf(sample, !rows.IsNull(kBytes, row));
      const std::string_view bytes =
          sample.image == ImagePlace::kInFile ? rows.Text(kBytes, row) : std::string_view();
      for (const size_t index : wanted.at(sample.row)) FW_TRY(take(index, sample, bytes));
    }
  }
  if (seen == numbers.size()) return OkStatus();
  return NotFound(fmt::format("a row from {} to {} is past the end of the file", numbers.front(),
                              numbers.back()));
}

Status ReadFile(Duck& duck, const std::string& path, const Wanted& wanted,
                const RowFunction& take) {
  FW_ASSIGN(const ParquetColumns columns, FindParquetColumns(duck, path));
  std::vector<int64_t> numbers;
  for (const auto& [row, places] : wanted) numbers.push_back(row);
  for (size_t begin = 0; begin < numbers.size(); begin += kRowsAtOnce) {
    const auto some =
        std::span(numbers).subspan(begin, std::min(kRowsAtOnce, numbers.size() - begin));
    FW_TRY(ReadSome(duck, columns, wanted, some, take).WithContext(path));
  }
  return OkStatus();
}

}  // namespace

std::string ParquetSample::image_extension() const {
  const size_t dot = image_path.rfind('.');
  if (dot == std::string::npos || image_path.find('/', dot) != std::string::npos) return ".jpg";
  return image_path.substr(dot);
}

Result<ParquetNotes> ForEachParquetSample(
    Duck& duck, const std::string& path,
    const std::function<Status(const ParquetSample& sample)>& take) {
  FW_ASSIGN(const ParquetColumns columns, FindParquetColumns(duck, path));
  const Result<ParquetImageRows> images = ParquetImageRows::Find(duck, path, columns);
  FW_TRY(images.status().WithContext(path));
  Result<DuckRows> rows = duck.Query(Select(columns, ""));
  FW_TRY(rows.status().WithContext(path));
  for (;;) {
    const Result<bool> more = rows->Next();
    FW_TRY(more.status().WithContext(path));
    if (!*more) return ParquetNotes{columns.left_out, images->groups_read()};
    for (int64_t row = 0; row < rows->rows(); ++row) {
      ParquetSample sample = SampleAt(*rows, row);
      const bool has_token = sample.conversations.find(kImageToken) != std::string::npos;
      const bool has_path = !rows->IsNull(kPath, row);
      sample.image = PlaceOf(sample, images->Holds(sample.row, {has_path, has_token}));
      FW_TRY(take(sample).WithContext(fmt::format("{}: row {}", path, sample.row)));
    }
  }
}

Status ReadParquetRows(Duck& duck, std::span<const ParquetPlace> places, const RowFunction& row) {
  std::map<std::string, Wanted> files;
  for (size_t i = 0; i < places.size(); ++i) files[places[i].path][places[i].row].push_back(i);
  for (const auto& [path, wanted] : files) FW_TRY(ReadFile(duck, path, wanted, row));
  return OkStatus();
}

Result<LlavaRow> RowFromParquet(const ParquetSample& sample, std::string_view image_name) {
  json record = json::object();
  if (!sample.others.empty()) {
    FW_ASSIGN(record, ParseRecordJson(sample.others));
    // A column that is NULL says nothing of this row.
    for (auto member = record.begin(); member != record.end();) {
      member = member->is_null() ? record.erase(member) : std::next(member);
    }
  }
  if (sample.id.empty()) return InvalidArgument("id: is NULL");
  if (sample.conversations.empty()) return InvalidArgument("conversations: is NULL");
  record["id"] = sample.id;
  Result<json> conversations = ParseRecordJson(sample.conversations);
  FW_TRY(conversations.status().WithContext("conversations"));
  record["conversations"] = *std::move(conversations);
  if (!sample.data_source.empty()) record["data_source"] = sample.data_source;
  if (!image_name.empty()) {
    FW_TRY(CheckImagePath(image_name).WithContext("image"));
    record["image"] = image_name;
  }
  return LlavaRowFromJson(record);
}

}  // namespace flywheel

// Columns in memory as a table function of DuckDB: a vector's worth of rows is copied into each
// chunk DuckDB asks for, so that a table or a Parquet file is made without a second copy of the
// data.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "pool/sql/duck_handles.h"

namespace flywheel {
namespace {

constexpr const char* kFunctionName = "flywheel_columns";

template <typename T>
struct TypeOf;
template <>
struct TypeOf<std::span<const uint8_t>> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_BOOLEAN;
};
template <>
struct TypeOf<std::span<const int32_t>> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_INTEGER;
};
template <>
struct TypeOf<std::span<const int64_t>> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_BIGINT;
};
template <>
struct TypeOf<std::span<const uint32_t>> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_UINTEGER;
};
template <>
struct TypeOf<std::span<const uint64_t>> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_UBIGINT;
};
template <>
struct TypeOf<std::span<const float>> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_FLOAT;
};
template <>
struct TypeOf<std::span<const std::string_view>> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_VARCHAR;
};
template <>
struct TypeOf<DuckBlobs> {
  static constexpr duckdb_type kType = DUCKDB_TYPE_BLOB;
};

// The values of a column as one span, whatever kind they are.
template <typename T>
std::span<const T> SpanOf(std::span<const T> values) {
  return values;
}
std::span<const std::string_view> SpanOf(const DuckBlobs& blobs) { return blobs.values; }

size_t LengthOf(const DuckColumn& column) {
  return std::visit([](const auto& values) { return SpanOf(values).size(); }, column.values);
}

Status CheckTexts(const DuckColumn& column) {
  const auto* texts = std::get_if<std::span<const std::string_view>>(&column.values);
  if (texts == nullptr) return OkStatus();
  for (size_t row = 0; row < texts->size(); ++row) {
    if (!simdjson::validate_utf8((*texts)[row].data(), (*texts)[row].size())) {
      return InvalidArgument(
          fmt::format("column '{}', row {}: expected valid UTF-8", column.name, row));
    }
  }
  return OkStatus();
}

// Copies rows [begin, begin + count) of a column into a vector of DuckDB's.
void Fill(const DuckColumn& column, int64_t begin, int64_t count, duckdb_vector vector) {
  std::visit(
      [&](const auto& kind) {
        const auto values = SpanOf(kind).subspan(begin, count);
        using Value = std::remove_cvref_t<decltype(values[0])>;
        if constexpr (std::is_same_v<Value, std::string_view>) {
          for (int64_t row = 0; row < count; ++row) {
            // Never a null pointer, which DuckDB would read as a missing value.
            const char* text = values[row].empty() ? "" : values[row].data();
            duckdb_vector_assign_string_element_len(vector, row, text, values[row].size());
          }
        } else {
          std::memcpy(duckdb_vector_get_data(vector), values.data(), values.size_bytes());
        }
      },
      column.values);
}

void Bind(duckdb_bind_info info) {
  const auto* scan = *static_cast<const ColumnScan**>(duckdb_bind_get_extra_info(info));
  if (scan == nullptr) {
    duckdb_bind_set_error(info, "flywheel_columns: no columns are being read");
    return;
  }
  for (const DuckColumn& column : scan->columns) {
    DuckType type;
    *type.out() = duckdb_create_logical_type(std::visit(
        [](const auto& values) { return TypeOf<std::remove_cvref_t<decltype(values)>>::kType; },
        column.values));
    duckdb_bind_add_result_column(info, column.name.c_str(), type.get());
  }
  duckdb_bind_set_cardinality(info, static_cast<idx_t>(scan->rows), true);
  duckdb_bind_set_bind_data(info, const_cast<ColumnScan*>(scan), nullptr);
}

// One reader, so that rows come in order.
void Init(duckdb_init_info info) {
  duckdb_init_set_max_threads(info, 1);
  duckdb_init_set_init_data(info, new int64_t{0},
                            [](void* position) { delete static_cast<int64_t*>(position); });
}

void Scan(duckdb_function_info info, duckdb_data_chunk output) {
  const auto* scan = static_cast<const ColumnScan*>(duckdb_function_get_bind_data(info));
  auto* position = static_cast<int64_t*>(duckdb_function_get_init_data(info));
  const int64_t count =
      std::min(static_cast<int64_t>(duckdb_vector_size()), scan->rows - *position);
  for (size_t i = 0; count > 0 && i < scan->columns.size(); ++i) {
    Fill(scan->columns[i], *position, count, duckdb_data_chunk_get_vector(output, i));
  }
  *position += count;
  duckdb_data_chunk_set_size(output, static_cast<idx_t>(count));
}

}  // namespace

std::string_view ColumnScanSql() { return "flywheel_columns()"; }

Status RegisterColumnScan(duckdb_connection connection, const ColumnScan** scan) {
  DuckTableFunction function;
  *function.out() = duckdb_create_table_function();
  duckdb_table_function_set_name(function.get(), kFunctionName);
  duckdb_table_function_set_extra_info(function.get(), scan, nullptr);
  duckdb_table_function_set_bind(function.get(), Bind);
  duckdb_table_function_set_init(function.get(), Init);
  duckdb_table_function_set_function(function.get(), Scan);
  if (duckdb_register_table_function(connection, function.get()) != DuckDBSuccess) {
    return Internal("duckdb: the table function for columns was refused");
  }
  return OkStatus();
}

Result<ColumnScan> CheckColumns(std::span<const DuckColumn> columns) {
  if (columns.empty()) return InvalidArgument("expected at least one column, found none");
  ColumnScan scan{columns, static_cast<int64_t>(LengthOf(columns[0]))};
  for (const DuckColumn& column : columns) {
    if (static_cast<int64_t>(LengthOf(column)) != scan.rows) {
      return InvalidArgument(fmt::format("column '{}' has {} values, expected {} as '{}' has",
                                         column.name, LengthOf(column), scan.rows,
                                         columns[0].name));
    }
    FW_TRY(CheckTexts(column));
  }
  return scan;
}

int64_t ColumnBytes(const DuckColumn& column) {
  return std::visit(
      [](const auto& kind) {
        const auto values = SpanOf(kind);
        int64_t bytes = static_cast<int64_t>(values.size_bytes());
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(values[0])>, std::string_view>) {
          for (const std::string_view value : values) bytes += static_cast<int64_t>(value.size());
        }
        return bytes;
      },
      column.values);
}

}  // namespace flywheel

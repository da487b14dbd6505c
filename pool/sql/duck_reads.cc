// What DuckDB's failures are to callers, and which statements only read.
#include <fmt/format.h>

#include <array>
#include <cctype>

#include "pool/sql/duck_handles.h"

namespace flywheel {
namespace {

// Failures of preparing come without a type; DuckDB's words begin with it.
duckdb_error_type TypeOfWords(std::string_view message) {
  if (message.starts_with("Permission Error")) return DUCKDB_ERROR_PERMISSION;
  if (message.starts_with("Out of Memory Error")) return DUCKDB_ERROR_OUT_OF_MEMORY;
  if (message.starts_with("INTERNAL Error")) return DUCKDB_ERROR_INTERNAL;
  if (message.starts_with("IO Error")) return DUCKDB_ERROR_IO;
  return DUCKDB_ERROR_INVALID;
}

// Functions that a SELECT may call and that write files, change what others see, run SQL given as a
// text or follow a pointer.
constexpr std::array kRefused{"arrow_scan",
                              "arrow_scan_dumb",
                              "checkpoint",
                              "disable_logging",
                              "enable_logging",
                              "force_checkpoint",
                              "json_execute_serialized_sql",
                              "query",
                              "query_table",
                              "truncate_duckdb_logs",
                              "write_log"};

// What follows a keyword that begins the text, or the text itself.
std::string_view AfterKeyword(std::string_view text, std::string_view keyword) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text.size() - begin <= keyword.size()) return text;
  for (size_t i = 0; i < keyword.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(text[begin + i])) != keyword[i]) return text;
  }
  const char next = text[begin + keyword.size()];
  if (next != ' ' && next != '\t' && next != '\r' && next != '\n') return text;
  return text.substr(begin + keyword.size());
}

struct SerializedSql {
  std::string failed;  // "true" or "false"
  std::string error_type, error;
  std::string json;
};

// The parser's tree of the statements, without looking at any table or file.
Result<SerializedSql> Serialize(duckdb_connection connection, std::string_view sql) {
  DuckPrepared prepared;
  DuckResult result;
  FW_CHECK(duckdb_prepare(connection,
                          "SELECT j->>'error', j->>'error_type', j->>'error_message', j::VARCHAR "
                          "FROM (SELECT json_serialize_sql($1::VARCHAR) AS j)",
                          prepared.out()) == DuckDBSuccess,
           "duckdb lacks json_serialize_sql");
  duckdb_bind_varchar_length(prepared.get(), 1, sql.data(), sql.size());
  duckdb_execute_prepared(prepared.get(), result.get());
  FW_TRY(result.status());
  const auto cell = [&result](idx_t column) {
    char* text = duckdb_value_varchar(result.get(), column, 0);
    std::string copy = text == nullptr ? "" : text;
    duckdb_free(text);
    return copy;
  };
  return SerializedSql{cell(0), cell(1), cell(2), cell(3)};
}

}  // namespace

Status DuckFailure(duckdb_error_type type, const char* message) {
  std::string text = message == nullptr ? "duckdb failed without a word" : message;
  if (type == DUCKDB_ERROR_INVALID) type = TypeOfWords(text);
  switch (type) {
    case DUCKDB_ERROR_PERMISSION:
      return PermissionDenied(std::move(text));
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return ResourceExhausted(std::move(text));
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_FATAL:
      return Internal(std::move(text));
    case DUCKDB_ERROR_INTERRUPT:
      return CancelledError(std::move(text));
    case DUCKDB_ERROR_IO:
      if (text.find("No space left") != std::string::npos)
        return ResourceExhausted(std::move(text));
      return InvalidArgument(std::move(text));
    default:
      return InvalidArgument(std::move(text));
  }
}

Status DuckResult::status() {
  const char* error = duckdb_result_error(&result_);
  if (error == nullptr) return OkStatus();
  return DuckFailure(duckdb_result_error_type(&result_), error);
}

// Binding would be too late: some statements create files then. json_serialize_sql() takes SELECT
// alone, which SHOW, DESCRIBE, SUMMARIZE and PIVOT are too; see its page in DuckDB's documentation.
Status CheckDuckReads(duckdb_connection connection, const std::string& sql) {
  const std::string_view explained = AfterKeyword(AfterKeyword(sql, "EXPLAIN"), "ANALYZE");
  FW_ASSIGN(const SerializedSql serialized, Serialize(connection, explained));
  if (serialized.error_type == "parser")
    return InvalidArgument("Parser Error: " + serialized.error);
  if (serialized.failed != "false") {
    return PermissionDenied(
        "the statement is not a read; expected SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE or "
        "PIVOT");
  }
  for (const char* name : kRefused) {
    // A text constant with these words has its quotes escaped in JSON.
    if (serialized.json.find(fmt::format(R"("function_name":"{}")", name)) != std::string::npos) {
      return PermissionDenied(fmt::format("the function {} does more than read", name));
    }
  }
  return OkStatus();
}

}  // namespace flywheel

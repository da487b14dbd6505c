// DuckRows: a result of DuckDB's read chunk by chunk.
#include <fmt/format.h>

#include <limits>

#include "pool/sql/duck_handles.h"

namespace flywheel {
namespace {

std::string_view TypeName(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_UHUGEINT:
      return "UHUGEINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_DECIMAL:
      return "DECIMAL";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_BLOB:
      return "BLOB";
    case DUCKDB_TYPE_LIST:
      return "LIST";
    case DUCKDB_TYPE_STRUCT:
      return "STRUCT";
    case DUCKDB_TYPE_MAP:
      return "MAP";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_ENUM:
      return "ENUM";
    case DUCKDB_TYPE_UUID:
      return "UUID";
    default:
      return "OTHER";
  }
}

template <typename T>
T At(const void* values, int64_t row) {
  return static_cast<const T*>(values)[row];
}

// sum() of integers is a HUGEINT; one that is within 64 bits is an integer like others.
int64_t FromHuge(duckdb_hugeint value) {
  const auto lower = static_cast<int64_t>(value.lower);
  FW_CHECK(value.upper == (lower < 0 ? -1 : 0), "the HUGEINT needs more than 64 bits");
  return lower;
}

}  // namespace

DuckRows::DuckRows(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DuckRows::DuckRows(DuckRows&&) noexcept = default;
DuckRows& DuckRows::operator=(DuckRows&&) noexcept = default;
DuckRows::~DuckRows() = default;

int DuckRows::columns() const { return static_cast<int>(impl_->columns.size()); }

std::string DuckRows::column_name(int column) const {
  const char* name = duckdb_column_name(impl_->result.get(), static_cast<idx_t>(column));
  FW_CHECK(name != nullptr, "the result has no such column");
  return name;
}

std::string DuckRows::column_type(int column) const {
  return std::string(TypeName(impl_->columns.at(static_cast<size_t>(column)).type));
}

Result<bool> DuckRows::Next() {
  impl_->chunk = DuckChunk();
  impl_->rows = 0;
  *impl_->chunk.out() = duckdb_fetch_chunk(*impl_->result.get());
  if (impl_->chunk.get() == nullptr) {
    FW_TRY(impl_->result.status());
    return false;
  }
  impl_->rows = static_cast<int64_t>(duckdb_data_chunk_get_size(impl_->chunk.get()));
  for (size_t i = 0; i < impl_->columns.size(); ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(impl_->chunk.get(), i);
    impl_->columns[i].values = duckdb_vector_get_data(vector);
    impl_->columns[i].validity = duckdb_vector_get_validity(vector);
  }
  return impl_->rows > 0;
}

int64_t DuckRows::rows() const { return impl_->rows; }

bool DuckRows::IsNull(int column, int64_t row) const {
  const uint64_t* validity = impl_->columns[static_cast<size_t>(column)].validity;
  return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
}

int64_t DuckRows::Int(int column, int64_t row) const {
  const Impl::Column& found = impl_->columns[static_cast<size_t>(column)];
  switch (found.type) {
    case DUCKDB_TYPE_BOOLEAN:
      return At<uint8_t>(found.values, row);
    case DUCKDB_TYPE_TINYINT:
      return At<int8_t>(found.values, row);
    case DUCKDB_TYPE_SMALLINT:
      return At<int16_t>(found.values, row);
    case DUCKDB_TYPE_INTEGER:
      return At<int32_t>(found.values, row);
    case DUCKDB_TYPE_BIGINT:
      return At<int64_t>(found.values, row);
    case DUCKDB_TYPE_HUGEINT:
      return FromHuge(At<duckdb_hugeint>(found.values, row));
    default:
      break;
  }
  const uint64_t value = Unsigned(column, row);
  FW_CHECK(value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()),
           "the UBIGINT needs more than 63 bits; read it as Unsigned");
  return static_cast<int64_t>(value);
}

uint64_t DuckRows::Unsigned(int column, int64_t row) const {
  const Impl::Column& found = impl_->columns[static_cast<size_t>(column)];
  switch (found.type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_UTINYINT:
      return At<uint8_t>(found.values, row);
    case DUCKDB_TYPE_USMALLINT:
      return At<uint16_t>(found.values, row);
    case DUCKDB_TYPE_UINTEGER:
      return At<uint32_t>(found.values, row);
    case DUCKDB_TYPE_UBIGINT:
      return At<uint64_t>(found.values, row);
    default:
      break;
  }
  FW_CHECK(false, "the column is not of an unsigned integer type");
  return 0;
}

double DuckRows::Real(int column, int64_t row) const {
  const Impl::Column& found = impl_->columns[static_cast<size_t>(column)];
  if (found.type == DUCKDB_TYPE_FLOAT) return At<float>(found.values, row);
  FW_CHECK(found.type == DUCKDB_TYPE_DOUBLE, "the column is neither FLOAT nor DOUBLE");
  return At<double>(found.values, row);
}

std::string_view DuckRows::Text(int column, int64_t row) const {
  const Impl::Column& found = impl_->columns[static_cast<size_t>(column)];
  FW_CHECK(found.type == DUCKDB_TYPE_VARCHAR || found.type == DUCKDB_TYPE_BLOB,
           "the column is neither VARCHAR nor BLOB");
  const auto& text = static_cast<const duckdb_string_t*>(found.values)[row];
  const uint32_t length = text.value.inlined.length;
  // Short texts lie in the struct itself.
  const bool inlined = length <= sizeof(text.value.inlined.inlined);
  return {inlined ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

}  // namespace flywheel

#include "pool/formats/parquet_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace flywheel {
namespace {

struct Found {
  std::string name, type;
};

Result<std::vector<Found>> Describe(Duck& duck, const std::string& path) {
  // Not the table function's file_row_number, which is ours.
  FW_ASSIGN(DuckRows rows,
            duck.Query(fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "
                                   "read_parquet({}, hive_partitioning = false))",
                                   SqlText(path))));
  std::vector<Found> columns;
  for (;;) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) return columns;
    for (int64_t row = 0; row < rows.rows(); ++row) {
      columns.push_back({std::string(rows.Text(0, row)), std::string(rows.Text(1, row))});
    }
  }
}

Status Mistyped(const Found& found, std::string_view expected) {
  return InvalidArgument(fmt::format("column {}: expected {}, found {}", found.name, expected,
                                     found.type.substr(0, 200)));
}

bool Has(const Found& found, std::string_view field) {
  return found.type.find(field) != std::string::npos;
}

Status TakeConversations(const Found& found, ParquetColumns* columns) {
  const std::string name = SqlName(found.name);
  if (found.type == "VARCHAR") {
    columns->conversations = name;
  } else if (found.type.starts_with("STRUCT(") && found.type.ends_with(")[]") &&
             Has(found, "\"from\" VARCHAR") && Has(found, "\"value\" VARCHAR")) {
    columns->conversations = fmt::format("to_json({})::VARCHAR", name);
  } else {
    return Mistyped(found, "STRUCT(\"from\" VARCHAR, \"value\" VARCHAR)[] or JSON as VARCHAR");
  }
  return OkStatus();
}

Status TakeImage(const Found& found, ParquetColumns* columns) {
  const std::string name = SqlName(found.name);
  const bool is_struct = found.type.starts_with("STRUCT(") && found.type.ends_with(")");
  if (found.type == "VARCHAR") columns->image_path = name;
  if (found.type == "BLOB") columns->image_bytes = name;
  if (is_struct && Has(found, "bytes BLOB")) columns->image_bytes = name + ".bytes";
  if (is_struct && Has(found, "path VARCHAR")) columns->image_path = name + ".path";
  if (!columns->image_path.empty() || !columns->image_bytes.empty()) return OkStatus();
  return Mistyped(found, "STRUCT(bytes BLOB, path VARCHAR), VARCHAR or BLOB");
}

Status Take(const Found& found, ParquetColumns* columns, std::vector<std::string>* others) {
  const std::string name = SqlName(found.name);
  if (found.name == "id") {
    columns->id = fmt::format("{}::VARCHAR", name);
  } else if (found.name == "conversations") {
    return TakeConversations(found, columns);
  } else if (found.name == "image") {
    return TakeImage(found, columns);
  } else if (found.name == "data_source") {
    columns->data_source = fmt::format("{}::VARCHAR", name);
  } else if (Has(found, "BLOB")) {
    columns->left_out.push_back(found.name);
  } else {
    others->push_back(fmt::format("{}: {}", SqlText(found.name), name));
  }
  return OkStatus();
}

}  // namespace

Result<ParquetColumns> FindParquetColumns(Duck& duck, const std::string& path) {
  if (path.find_first_of("*?[") != std::string::npos) {
    return InvalidArgument(
        fmt::format("{}: a path with *, ? or [ would be read as a pattern of paths", path));
  }
  Result<std::vector<Found>> found = Describe(duck, path);
  FW_TRY(found.status().WithContext(path));
  ParquetColumns columns;
  columns.from = fmt::format("read_parquet({}, hive_partitioning = false, file_row_number = true)",
                             SqlText(path));
  std::vector<std::string> others, missing, names;
  for (const Found& one : *found) {
    FW_TRY(Take(one, &columns, &others).WithContext(path));
    names.push_back(fmt::format("{} ({})", one.name, one.type.substr(0, 80)));
  }
  if (columns.id.empty()) missing.emplace_back("id");
  if (columns.conversations.empty()) missing.emplace_back("conversations");
  if (!missing.empty()) {
    return InvalidArgument(fmt::format("{}: column{} {} {} missing; found {}", path,
                                       missing.size() == 1 ? "" : "s", fmt::join(missing, " and "),
                                       missing.size() == 1 ? "is" : "are", fmt::join(names, ", ")));
  }
  if (!others.empty())
    columns.others = fmt::format("to_json({{{}}})::VARCHAR", fmt::join(others, ", "));
  return columns;
}

Result<ParquetImageRows> ParquetImageRows::Find(Duck& duck, const std::string& path,
                                                const ParquetColumns& columns) {
  ParquetImageRows found;
  if (columns.image_bytes.empty()) return found;
  FW_TRY(found.ReadGroups(duck, path));
  const bool open = std::any_of(found.groups_.begin(), found.groups_.end(), [](const Group& one) {
    return !one.counted || (one.images != 0 && one.images != one.rows);
  });
  if (open) FW_TRY(found.CountSigns(duck, columns));
  for (Group& group : found.groups_) {
    if (group.counted && group.images == group.rows) {
      group.evidence = Evidence::kAll;
    } else if (group.counted && group.images == 0) {
      group.evidence = Evidence::kNone;
    } else if (group.counted && group.images == group.paths) {
      group.evidence = Evidence::kPath;
    } else if (group.counted && group.images == group.tokens) {
      group.evidence = Evidence::kToken;
    } else {
      FW_TRY(found.ReadRows(duck, columns, group));
    }
  }
  return found;
}

// Rows and images of each row group, from the footer.
Status ParquetImageRows::ReadGroups(Duck& duck, const std::string& path) {
  FW_ASSIGN(DuckRows rows,
            duck.Query(fmt::format("SELECT row_group_num_rows, stats_null_count FROM "
                                   "parquet_metadata({}) WHERE path_in_schema IN "
                                   "('image', 'image, bytes') ORDER BY row_group_id",
                                   SqlText(path))));
  int64_t begin = 0;
  for (;;) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) return OkStatus();
    for (int64_t row = 0; row < rows.rows(); ++row) {
      Group group;
      group.begin = begin;
      group.rows = rows.Int(0, row);
      group.counted = !rows.IsNull(1, row);
      if (group.counted) group.images = group.rows - rows.Int(1, row);
      begin += group.rows;
      groups_.push_back(group);
    }
  }
}

Status ParquetImageRows::CountSigns(Duck& duck, const ParquetColumns& columns) {
  const std::string path = columns.image_path.empty() ? "NULL" : columns.image_path;
  FW_ASSIGN(DuckRows rows,
            duck.Query(fmt::format("SELECT file_row_number, {} IS NOT NULL, "
                                   "coalesce(contains({}, '<image>'), false) FROM {}",
                                   path, columns.conversations, columns.from)));
  for (;;) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) return OkStatus();
    for (int64_t row = 0; row < rows.rows(); ++row) {
      Group& group = groups_[GroupOf(rows.Int(0, row))];
      group.paths += rows.Int(1, row);
      group.tokens += rows.Int(2, row);
    }
  }
}

Status ParquetImageRows::ReadRows(Duck& duck, const ParquetColumns& columns, const Group& group) {
  ++groups_read_;
  FW_ASSIGN(DuckRows rows,
            duck.Query(fmt::format(
                "SELECT file_row_number FROM {} WHERE file_row_number BETWEEN {} "
                "AND {} AND {} IS NOT NULL",
                columns.from, group.begin, group.begin + group.rows - 1, columns.image_bytes)));
  for (;;) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) return OkStatus();
    for (int64_t row = 0; row < rows.rows(); ++row) rows_.insert(rows.Int(0, row));
  }
}

size_t ParquetImageRows::GroupOf(int64_t row) const {
  const auto next =
      std::upper_bound(groups_.begin(), groups_.end(), row,
                       [](int64_t at, const Group& group) { return at < group.begin; });
  return static_cast<size_t>(next - groups_.begin()) - 1;
}

bool ParquetImageRows::Holds(int64_t row, const Signs& signs) const {
  if (groups_.empty()) return false;
  switch (groups_[GroupOf(row)].evidence) {
    case Evidence::kAll:
      return true;
    case Evidence::kNone:
      return false;
    case Evidence::kPath:
      return signs.has_path;
    case Evidence::kToken:
      return signs.has_token;
    case Evidence::kRows:
      return rows_.contains(row);
  }
  return false;
}

}  // namespace flywheel

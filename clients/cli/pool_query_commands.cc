// `flywheel pool stats` and `flywheel pool query`: what a pool holds.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/io/json.h"
#include "clients/cli/number_text.h"
#include "clients/cli/pool_command.h"
#include "clients/cli/text_table.h"
#include "pool/index/pool_sql.h"
#include "pool/index/pool_stats.h"

namespace flywheel {
namespace {

constexpr std::string_view kUnknown = "-";

nlohmann::json OrNull(const std::optional<int64_t>& value) {
  return value.has_value() ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

std::string OrUnknown(const std::optional<int64_t>& value) {
  return value.has_value() ? CountText(*value) : std::string(kUnknown);
}

nlohmann::json ToJson(const DatasetStats& stats) {
  return {{"name", stats.name},       {"category", stats.category},
          {"samples", stats.samples}, {"expected", OrNull(stats.expected)},
          {"images", stats.images},   {"missing_images", OrNull(stats.missing_images)}};
}

void PrintStatsJson(const Pool& pool, const std::vector<DatasetStats>& all) {
  nlohmann::json datasets = nlohmann::json::array();
  nlohmann::json rejected = nlohmann::json::array();
  for (const DatasetStats& stats : all) {
    datasets.push_back(ToJson(stats));
    for (const auto& [reason, count] : stats.rejected) {
      rejected.push_back({{"dataset", stats.name}, {"reason", reason}, {"records", count}});
    }
  }
  const nlohmann::json object = {{"n", pool.manifest().samples()},
                                 {"datasets", std::move(datasets)},
                                 {"rejected", std::move(rejected)}};
  PrintOut(object.dump(2));
}

void PrintStatsTable(const Pool& pool, const Catalogue& catalogue,
                     const std::vector<DatasetStats>& all) {
  TextTable table({"category", "data set", "images", "samples", "published", "missing images", ""},
                  2);
  table.AlignColumn(6, Align::kLeft);
  std::string_view category;
  for (const DatasetStats& stats : all) {
    std::string note;
    for (const auto& [reason, count] : stats.rejected) {
      note += fmt::format("{}{} rejected: {}", note.empty() ? "" : ", ", CountText(count), reason);
    }
    if (stats.source_changed)
      note += note.empty() ? "changed, import again" : ", changed, import again";
    const bool same = category == stats.category;
    category = stats.category;
    table.AddRow({same ? "" : std::string(catalogue.CategoryWords(category)), stats.name,
                  CountText(stats.images), CountText(stats.samples), OrUnknown(stats.expected),
                  OrUnknown(stats.missing_images), note});
  }
  table.AddRow({"", "all", "", CountText(pool.manifest().samples()), "", "", ""});
  PrintOut(table.Render());
}

Result<int> Stats(const Invocation& invocation, const std::string& folder) {
  FW_ASSIGN(const Pool pool, Pool::Open(folder));
  FW_ASSIGN(const Catalogue catalogue, DataOptimCatalogue());
  FW_ASSIGN(const std::vector<DatasetStats> all, ReadPoolStats(pool, catalogue));
  if (invocation.json) {
    PrintStatsJson(pool, all);
  } else {
    PrintStatsTable(pool, catalogue, all);
  }
  return kExitDone;
}

struct QueryCommand {
  std::string pool;
  std::string sql;
  int64_t limit = 1000;
};

// DuckDB itself turns every value into text, or every row into JSON: its casts know all types.
// EXPLAIN cannot stand in a FROM; it gives text anyway.
std::string Wrapped(std::string_view sql, std::string_view columns) {
  const size_t end = sql.find_last_not_of("; \t\r\n");
  sql = sql.substr(0, end == std::string_view::npos ? 0 : end + 1);
  std::string first(sql.substr(0, std::min(sql.find_first_of(" \t\n"), sql.size())));
  for (char& c : first) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (first == "EXPLAIN") return std::string(sql);
  return fmt::format("SELECT {} FROM ({}\n) AS answer", columns, sql);
}

// Calls `row` with each row's number until there are `limit` of them; true when there are more.
Result<bool> ForEachRow(DuckRows* rows, int64_t limit, const std::function<void(int64_t)>& row) {
  int64_t shown = 0;
  while (true) {
    FW_ASSIGN(const bool more, rows->Next());
    if (!more) return false;
    for (int64_t i = 0; i < rows->rows(); ++i) {
      if (shown++ == limit) return true;
      row(i);
    }
  }
}

Result<int> Query(const Invocation& invocation, const QueryCommand& command) {
  FW_ASSIGN(const Pool pool, Pool::Open(command.pool));
  FW_ASSIGN(Duck duck, OpenPoolSql(pool, {.threads = 2, .memory_mib = 2048, .temp_folder = ""}));
  const std::string_view columns =
      invocation.json ? "to_json(answer)::VARCHAR" : "COLUMNS(*)::VARCHAR";
  FW_ASSIGN(DuckRows rows, duck.Query(Wrapped(command.sql, columns)));
  std::vector<std::string> header;
  header.reserve(static_cast<size_t>(rows.columns()));
  for (int column = 0; column < rows.columns(); ++column)
    header.push_back(rows.column_name(column));
  TextTable table(header, header.size());
  std::string lines;
  FW_ASSIGN(const bool more, ForEachRow(&rows, command.limit, [&](int64_t i) {
              std::vector<std::string> cells;
              cells.reserve(header.size());
              for (int column = 0; column < rows.columns(); ++column) {
                cells.emplace_back(rows.IsNull(column, i) ? "NULL" : rows.Text(column, i));
              }
              lines += (lines.empty() ? "[\n" : ",\n") + cells.front();
              if (!invocation.json) table.AddRow(std::move(cells));
            }));
  PrintOut(invocation.json ? (lines.empty() ? "[]" : lines + "\n]") : table.Render());
  if (more) PrintNote(fmt::format("the first {} rows; --limit shows more", command.limit));
  return kExitDone;
}

}  // namespace

void AddPoolStats(CLI::App* pool, Invocation* invocation) {
  CLI::App* app =
      pool->add_subcommand("stats", "Data sets, images and samples beside the published");
  auto folder = std::make_shared<std::string>();
  AddPoolOption(app, folder.get());
  AddJsonOption(app, invocation);
  app->callback([invocation, folder] {
    invocation->action = [invocation, folder] { return AsFailure(Stats(*invocation, *folder)); };
  });
}

void AddPoolQuery(CLI::App* pool, Invocation* invocation) {
  CLI::App* app = pool->add_subcommand("query", "Ask the pool in SQL (DuckDB's); read only");
  auto command = std::make_shared<QueryCommand>();
  app->add_option("SQL", command->sql, "One query over the views samples and rejects")->required();
  AddPoolOption(app, &command->pool);
  app->add_option("--limit", command->limit, "Rows to show")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
      ->capture_default_str();
  AddJsonOption(app, invocation);
  app->footer(
      "samples: dataset, category, row, id, image, turns, words, has_box, options, content_hash,\n"
      "type, type_score, signature, image_key, file, position, length\n"
      "rejects: dataset, file, position, record, reason, message\n"
      "Example:\n"
      "  flywheel pool query --pool P \"SELECT dataset, count(*) FROM samples GROUP BY ALL\"");
  app->callback([invocation, command] {
    invocation->action = [invocation, command] { return AsFailure(Query(*invocation, *command)); };
  });
}

}  // namespace flywheel

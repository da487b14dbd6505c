#include "pool/index/pool_sql.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

namespace flywheel {
namespace {

constexpr std::string_view kImported =
    "dataset, category, row, id, image, turns, words, has_box, options, content_hash";
constexpr std::string_view kTagged = "type, type_score";
constexpr std::string_view kNotTagged = "NULL::UTINYINT AS type, NULL::FLOAT AS type_score";
constexpr std::string_view kSigned = "signature, image_key";
constexpr std::string_view kNotSigned = "NULL::UBIGINT AS signature, NULL::UBIGINT AS image_key";
constexpr std::string_view kPlace = "file, position, length";

std::string ListOf(const std::vector<std::string>& paths) {
  std::string list = "[";
  for (const std::string& path : paths) {
    if (list.size() > 1) list += ", ";
    list += SqlText(path);
  }
  return list + "]";
}

// A table without rows stands in where a pool has none, so that the view has its columns all the
// same.
constexpr std::string_view kNoSamples =
    "SELECT ''::VARCHAR AS dataset, ''::VARCHAR AS category, 0::UINTEGER AS row, ''::VARCHAR AS "
    "id, "
    "''::VARCHAR AS image, 0::INTEGER AS turns, 0::INTEGER AS words, false AS has_box, 0::INTEGER "
    "AS "
    "options, 0::UBIGINT AS content_hash, NULL::UTINYINT AS type, NULL::FLOAT AS type_score, "
    "NULL::UBIGINT AS signature, NULL::UBIGINT AS image_key, 0::INTEGER AS file, 0::BIGINT AS "
    "position, 0::UINTEGER AS length WHERE false";
constexpr std::string_view kNoRejects =
    "SELECT ''::VARCHAR AS dataset, ''::VARCHAR AS file, 0::BIGINT AS position, 0::BIGINT AS "
    "record, "
    "''::VARCHAR AS reason, ''::VARCHAR AS message WHERE false";

std::string SamplesView(const Pool& pool) {
  // Files with the same columns are one scan.
  std::map<std::pair<bool, bool>, std::vector<std::string>> scans;
  for (const PoolDataset& dataset : pool.manifest().datasets) {
    auto& scan = scans[{!dataset.tagger.empty(), !dataset.signatures.empty()}];
    for (const PoolPart& part : dataset.parts) {
      scan.push_back(fmt::format("{}/{}", pool.folder(), part.columns));
    }
  }
  std::string sql;
  for (const auto& [has, files] : scans) {
    if (files.empty()) continue;
    if (!sql.empty()) sql += " UNION ALL ";
    sql += fmt::format("SELECT {}, {}, {}, {} FROM read_parquet({})", kImported,
                       has.first ? kTagged : kNotTagged, has.second ? kSigned : kNotSigned, kPlace,
                       ListOf(files));
  }
  return sql.empty() ? std::string(kNoSamples) : sql;
}

std::string RejectsView(const Pool& pool) {
  std::vector<std::string> files;
  for (const PoolDataset& dataset : pool.manifest().datasets) {
    for (const PoolPart& part : dataset.parts) {
      if (!part.rejects.empty()) files.push_back(fmt::format("{}/{}", pool.folder(), part.rejects));
    }
  }
  if (files.empty()) return std::string(kNoRejects);
  return fmt::format("SELECT * FROM read_parquet({})", ListOf(files));
}

}  // namespace

Result<Duck> OpenPoolSql(const Pool& pool, const DuckLimits& limits) {
  FW_ASSIGN(Duck duck, Duck::Open(limits));
  FW_TRY(duck.Run(fmt::format("CREATE VIEW samples AS {}; CREATE VIEW rejects AS {}",
                              SamplesView(pool), RejectsView(pool))));
  const std::vector<std::string> folders = {pool.folder()};
  FW_TRY(duck.MakeReadOnly(folders));
  return duck;
}

}  // namespace flywheel

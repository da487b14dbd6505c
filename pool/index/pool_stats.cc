#include "pool/index/pool_stats.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "pool/index/pool_sql.h"
#include "pool/index/source_files.h"

namespace flywheel {
namespace {

DuckLimits Limits() { return {.threads = 2, .memory_mib = 1024, .temp_folder = ""}; }

Status CountImages(Duck* duck, std::map<std::string, int64_t, std::less<>>* images) {
  FW_ASSIGN(DuckRows rows,
            duck->Query("SELECT dataset, count(*) FROM (SELECT DISTINCT dataset, image "
                        "FROM samples WHERE image <> '') GROUP BY dataset"));
  while (true) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) return OkStatus();
    for (int64_t i = 0; i < rows.rows(); ++i) {
      images->emplace(rows.Text(0, i), rows.Int(1, i));
    }
  }
}

Result<int64_t> CountMissing(const PoolDataset& dataset, Duck* duck) {
  FW_ASSIGN(DuckRows rows, duck->Query(fmt::format(
                               "SELECT DISTINCT image FROM samples WHERE image <> '' AND dataset "
                               "= {}",
                               SqlText(dataset.name))));
  int64_t missing = 0;
  while (true) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) return missing;
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const std::string path = fmt::format("{}/{}", dataset.images_root, rows.Text(0, i));
      missing += ::access(path.c_str(), R_OK) == 0 ? 0 : 1;
    }
  }
}

size_t PlaceOf(const Catalogue& catalogue, std::string_view category) {
  const auto at = std::find_if(catalogue.categories.begin(), catalogue.categories.end(),
                               [&](const CatalogueTerm& term) { return term.key == category; });
  return static_cast<size_t>(at - catalogue.categories.begin());
}

bool AnyChanged(const PoolDataset& dataset) {
  return std::any_of(dataset.files.begin(), dataset.files.end(),
                     [](const PoolFile& file) { return !CheckSourceUnchanged(file).ok(); });
}

}  // namespace

Result<std::vector<DatasetStats>> ReadPoolStats(const Pool& pool, const Catalogue& catalogue) {
  FW_ASSIGN(Duck duck, OpenPoolSql(pool, Limits()));
  std::map<std::string, int64_t, std::less<>> images;
  FW_TRY(CountImages(&duck, &images));
  std::vector<DatasetStats> all;
  for (const PoolDataset& dataset : pool.manifest().datasets) {
    DatasetStats stats;
    stats.name = dataset.name;
    stats.category = dataset.category;
    stats.samples = dataset.samples;
    stats.images = images[dataset.name];
    stats.repeated_ids = dataset.repeated_ids;
    stats.rejected = dataset.rejected;
    stats.source_changed = AnyChanged(dataset);
    if (const CatalogueDataset* known = catalogue.Find(dataset.name)) {
      stats.expected = known->samples;
      stats.expected_images = known->images;
    }
    if (!dataset.images_root.empty()) {
      FW_ASSIGN(stats.missing_images, CountMissing(dataset, &duck));
    }
    all.push_back(std::move(stats));
  }
  std::stable_sort(all.begin(), all.end(), [&](const DatasetStats& a, const DatasetStats& b) {
    return PlaceOf(catalogue, a.category) < PlaceOf(catalogue, b.category);
  });
  return all;
}

}  // namespace flywheel

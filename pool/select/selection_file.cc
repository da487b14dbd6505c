#include "pool/select/selection_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "pool/index/pool_sql.h"
#include "pool/index/sample_batch.h"
#include "pool/select/select_ids.h"
#include "pool/sql/duck.h"

namespace flywheel {
namespace {

DuckLimits Limits() { return {.threads = 2, .memory_mib = 512, .temp_folder = ""}; }

// Ids that an import has made are in the columns only.
Result<std::map<SampleRef, std::string>> MadeIds(const std::vector<SampleRef>& samples,
                                                 const Pool& pool) {
  std::map<SampleRef, std::string> ids;
  std::map<int32_t, std::string> rows_of;
  for (const SampleRef& sample : samples) {
    std::string& rows = rows_of[sample.dataset];
    rows += fmt::format("{}{}", rows.empty() ? "" : ",", sample.row);
  }
  if (rows_of.empty()) return ids;
  FW_ASSIGN(Duck duck, OpenPoolSql(pool, Limits()));
  for (const auto& [dataset, wanted] : rows_of) {
    const std::string& name = pool.manifest().datasets[static_cast<size_t>(dataset)].name;
    FW_ASSIGN(DuckRows rows, duck.Query(fmt::format(
                                 "SELECT row, id FROM samples WHERE dataset = {} AND row IN ({})",
                                 SqlText(name), wanted)));
    while (true) {
      FW_ASSIGN(const bool more, rows.Next());
      if (!more) break;
      for (int64_t i = 0; i < rows.rows(); ++i) {
        ids[{dataset, static_cast<uint32_t>(rows.Unsigned(0, i))}] = rows.Text(1, i);
      }
    }
  }
  return ids;
}

int64_t OccurrenceOf(const SampleRef& sample, std::string_view id, const Pool& pool) {
  const auto rows = pool.RowsOf(sample.dataset, HashOfId(id));
  return std::max(std::upper_bound(rows.begin(), rows.end(), sample.row) - rows.begin(),
                  std::ptrdiff_t{1});
}

// Stands for the number of a record, where it would become part of an id.
constexpr int64_t kNoNumber = -1;

// The id and the content hash as the import found them.
class RecordReader {
 public:
  explicit RecordReader(const Pool& pool) : pool_(pool) {}

  Status Read(SelectedRecord* record) {
    const PoolDataset& dataset = pool_.DatasetOf(record->selected.sample);
    auto parser = parsers_.find(dataset.name);
    if (parser == parsers_.end()) {
      parser = parsers_.emplace(dataset.name, SampleParser(dataset.format, dataset.name)).first;
    }
    batch_.Clear();
    record->record.reserve(record->record.size() + RecordBlock::kPadding);
    parser->second.ParseOne(record->record, {.number = kNoNumber}, &batch_);
    if (batch_.size() != 1) {
      return DataLoss(fmt::format("a sample of {} is not what it was when it was imported: {}",
                                  dataset.name, batch_.rejected.front().message));
    }
    const bool is_made = batch_.ids.front() == fmt::format("{}_{}", dataset.name, kNoNumber);
    record->id = is_made ? "" : batch_.ids.front();
    record->content_hash = batch_.content_hashes.front();
    return OkStatus();
  }

 private:
  const Pool& pool_;
  std::map<std::string, SampleParser> parsers_;
  SampleBatch batch_;
};

}  // namespace

Result<std::vector<SelectedRecord>> ReadSelected(const Selection& selection, Pool* pool) {
  std::vector<SampleRef> samples;
  samples.reserve(selection.samples.size());
  for (const SelectedSample& selected : selection.samples) samples.push_back(selected.sample);
  FW_ASSIGN(std::vector<std::string> texts, pool->ReadRecords(samples));
  std::vector<SelectedRecord> records(samples.size());
  std::vector<SampleRef> without_id;
  RecordReader reader(*pool);
  for (size_t i = 0; i < samples.size(); ++i) {
    records[i].selected = selection.samples[i];
    records[i].record = std::move(texts[i]);
    FW_TRY(reader.Read(&records[i]));
    if (records[i].id.empty()) without_id.push_back(samples[i]);
  }
  FW_ASSIGN(const auto made, MadeIds(without_id, *pool));
  for (SelectedRecord& record : records) {
    if (record.id.empty()) record.id = made.at(record.selected.sample);
    record.occurrence = OccurrenceOf(record.selected.sample, record.id, *pool);
  }
  return records;
}

Status WriteSelection(const std::vector<SelectedRecord>& records, const Pool& pool,
                      const std::string& path) {
  std::vector<int64_t> positions;
  std::vector<int64_t> occurrences;
  std::vector<uint32_t> rows;
  std::vector<uint64_t> hashes;
  std::vector<std::string_view> datasets;
  std::vector<std::string_view> ids;
  std::vector<std::string_view> whys;
  for (const SelectedRecord& record : records) {
    positions.push_back(static_cast<int64_t>(positions.size()));
    datasets.push_back(pool.DatasetOf(record.selected.sample).name);
    rows.push_back(record.selected.sample.row);
    ids.push_back(record.id);
    occurrences.push_back(record.occurrence);
    hashes.push_back(record.content_hash);
    whys.push_back(record.selected.why);
  }
  const std::vector<DuckColumn> columns = {{"position", std::span<const int64_t>(positions)},
                                           {"dataset", std::span<const std::string_view>(datasets)},
                                           {"row", std::span<const uint32_t>(rows)},
                                           {"id", std::span<const std::string_view>(ids)},
                                           {"occurrence", std::span<const int64_t>(occurrences)},
                                           {"content_hash", std::span<const uint64_t>(hashes)},
                                           {"why", std::span<const std::string_view>(whys)}};
  FW_ASSIGN(Duck duck, Duck::Open({.threads = 1, .memory_mib = 256, .temp_folder = ""}));
  return duck.WriteParquet(columns, path);
}

Result<Selection> ReadSelection(const std::string& path, Pool* pool) {
  FW_ASSIGN(Duck duck, Duck::Open(Limits()));
  FW_ASSIGN(DuckRows rows,
            duck.Query(fmt::format("SELECT dataset, id, occurrence, why FROM read_parquet({}) "
                                   "ORDER BY position",
                                   SqlText(path))));
  Selection selection;
  while (true) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) break;
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const SampleName name{rows.Text(0, i), rows.Text(1, i), rows.Int(2, i)};
      FW_ASSIGN(const std::optional<SampleRef> found, FindOccurrence(name, pool));
      if (!found.has_value()) {
        return NotFound(fmt::format("{}: row {}: the pool {} has no sample {}:{}#{}", path,
                                    selection.samples.size(), pool->folder(), name.dataset, name.id,
                                    name.occurrence));
      }
      selection.samples.push_back({*found, std::string(rows.Text(3, i))});
    }
  }
  return selection;
}

Result<std::unordered_set<uint64_t>> ReadSelectedContent(const std::string& path) {
  FW_ASSIGN(Duck duck, Duck::Open(Limits()));
  FW_ASSIGN(DuckRows rows,
            duck.Query(fmt::format("SELECT content_hash FROM read_parquet({})", SqlText(path))));
  std::unordered_set<uint64_t> content;
  while (true) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) return content;
    for (int64_t i = 0; i < rows.rows(); ++i) content.insert(rows.Unsigned(0, i));
  }
}

}  // namespace flywheel

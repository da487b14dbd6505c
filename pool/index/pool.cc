#include "pool/index/pool.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "pool/formats/parquet_records.h"
#include "pool/index/source_files.h"

namespace flywheel {
namespace {

constexpr int kOpenTries = 5;  // a generation may be swapped in, and the one before it removed

}  // namespace

struct Pool::Impl {
  std::string folder;
  PoolManifest manifest;
  std::vector<LocationFile> locations;  // one for each data set
  SourceFiles files;
  simdjson::dom::parser parser;
};

Pool::Pool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pool::Pool(Pool&&) noexcept = default;
Pool& Pool::operator=(Pool&&) noexcept = default;
Pool::~Pool() = default;

Result<Pool> Pool::Open(const std::string& folder) {
  Status failed;
  for (int i = 0; i < kOpenTries; ++i) {
    auto impl = std::make_unique<Impl>();
    impl->folder = folder;
    FW_ASSIGN(impl->manifest, ReadPoolManifest(folder));
    failed = OkStatus();
    for (const PoolDataset& dataset : impl->manifest.datasets) {
      const std::string path = fmt::format("{}/{}/{}", folder, dataset.folder, kPoolIndex);
      Result<LocationFile> file = LocationFile::Open(path);
      failed = file.status();
      if (!failed.ok()) break;
      if (file->size() != dataset.samples) {
        return DataLoss(fmt::format("{}: has {} samples, {} expects {}", path, file->size(),
                                    kPoolManifest, dataset.samples));
      }
      impl->locations.push_back(*std::move(file));
    }
    if (failed.ok()) return Pool(std::move(impl));
    if (failed.code() != StatusCode::kNotFound) return failed;
  }
  return failed;
}

const std::string& Pool::folder() const { return impl_->folder; }
const PoolManifest& Pool::manifest() const { return impl_->manifest; }

int32_t Pool::DatasetIndex(std::string_view name) const {
  for (size_t i = 0; i < impl_->manifest.datasets.size(); ++i) {
    if (impl_->manifest.datasets[i].name == name) return static_cast<int32_t>(i);
  }
  return -1;
}

const PoolDataset& Pool::DatasetOf(const SampleRef& sample) const {
  return impl_->manifest.datasets[static_cast<size_t>(sample.dataset)];
}

std::vector<SampleRef> Pool::FindHash(uint64_t id_hash) const {
  std::vector<SampleRef> found;
  for (size_t i = 0; i < impl_->locations.size(); ++i) {
    for (const uint32_t row : impl_->locations[i].RowsOf(id_hash)) {
      found.push_back({static_cast<int32_t>(i), row});
    }
  }
  return found;
}

std::span<const uint32_t> Pool::RowsOf(int32_t dataset, uint64_t id_hash) const {
  return impl_->locations[static_cast<size_t>(dataset)].RowsOf(id_hash);
}

SampleLocation Pool::LocationOf(const SampleRef& sample) const {
  return impl_->locations[static_cast<size_t>(sample.dataset)].At(sample.row);
}

Result<std::string> Pool::ReadRecord(const SampleRef& sample) {
  if (DatasetOf(sample).format == SampleFormat::kParquet) {
    FW_ASSIGN(std::vector<std::string> records, ReadRecords({sample}));
    return std::move(records.front());
  }
  const SampleLocation location = LocationOf(sample);
  const PoolFile& file = DatasetOf(sample).files[static_cast<size_t>(location.file)];
  return impl_->files.Read(file, location.position, location.length);
}

Result<std::vector<std::string>> Pool::ReadRecords(const std::vector<SampleRef>& samples) {
  std::vector<size_t> order(samples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&samples](size_t a, size_t b) { return samples[a] < samples[b]; });
  std::vector<std::string> records(samples.size());
  std::vector<size_t> in_parquet;
  for (const size_t i : order) {
    if (DatasetOf(samples[i]).format == SampleFormat::kParquet) {
      in_parquet.push_back(i);
    } else {
      FW_ASSIGN(records[i], ReadRecord(samples[i]));
    }
  }
  FW_TRY(ForEachParquetRow(samples, in_parquet,
                           [&records](size_t i, std::string&& record, std::string_view) {
                             records[i] = std::move(record);
                             return OkStatus();
                           }));
  return records;
}

Status Pool::ForEachParquetRow(const std::vector<SampleRef>& samples,
                               const std::vector<size_t>& chosen, const ParquetRowFunction& row) {
  if (chosen.empty()) return OkStatus();
  std::vector<ParquetPlace> places;
  for (const size_t i : chosen) {
    const SampleLocation location = LocationOf(samples[i]);
    const PoolFile& file = DatasetOf(samples[i]).files[static_cast<size_t>(location.file)];
    FW_TRY(impl_->files.CheckOnce(file));
    places.push_back({file.path, location.position});
  }
  FW_ASSIGN(Duck duck, Duck::Open({.threads = 2, .memory_mib = 1024, .temp_folder = ""}));
  return ReadParquetRows(
      duck, places,
      [&](size_t index, const ParquetSample& sample, std::string_view image) -> Status {
        const size_t i = chosen[index];
        FW_ASSIGN(std::string record,
                  ParquetRecord(DatasetOf(samples[i]).name, places[index].path, sample));
        return row(i, std::move(record), image);
      });
}

Result<std::string> Pool::ReadId(const SampleRef& sample) {
  FW_ASSIGN(std::string record, ReadRecord(sample));
  record.reserve(record.size() + simdjson::SIMDJSON_PADDING);
  simdjson::dom::object members;
  const simdjson::error_code error =
      impl_->parser.parse(record.data(), record.size(), /*realloc_if_needed=*/false).get(members);
  std::string found;
  if (error != simdjson::SUCCESS) return found;
  // Of two members of this name the last counts, as at the import.
  for (const simdjson::dom::key_value_pair member : members) {
    if (member.key != "id") continue;
    std::string_view text;
    const bool is_text = member.value.get(text) == simdjson::SUCCESS;
    found = is_text ? std::string(text) : std::string(simdjson::minify(member.value));
  }
  return found;
}

}  // namespace flywheel

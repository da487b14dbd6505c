#include "pool/select/candidates.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <string>
#include <utility>

#include "pool/index/pool_sql.h"
#include "pool/text/text_signature.h"

namespace flywheel {
namespace {

DuckLimits Limits() { return {.threads = 2, .memory_mib = 512, .temp_folder = ""}; }

constexpr std::string_view kBenchmarkImage = "image of the benchmark";

// The columns asked for, in order; those not needed are constants, which cost nothing.
enum Column { kDataset, kRow, kType, kScore, kSignature, kImageKey, kImage, kContent };

// What SQL can leave out: samples of types that nobody asks for. Those below the minimal score
// count as of type 0.
std::string ConditionOf(const FilterRequest& request) {
  std::string condition = request.where.empty() ? "" : fmt::format(" WHERE ({}\n)", request.where);
  if (!request.needs_tags() || request.weights.contains(0)) return condition;
  std::string types;
  for (const auto& [type, weight] : request.weights) {
    if (weight > 0) types += fmt::format("{}{}", types.empty() ? "" : ", ", type);
  }
  if (types.empty()) return condition;
  return fmt::format("{} {} type IN ({}) AND type_score >= {}", condition,
                     condition.empty() ? "WHERE" : "AND", types, request.min_score);
}

std::string QueryOf(const FilterRequest& request) {
  const bool tags = request.needs_tags();
  const bool near = request.near_duplicate_bits.has_value();
  const bool images = !request.benchmark_images.empty();
  return fmt::format("SELECT dataset, row, {}, {}, {}, {}, {}, {} FROM samples{}",
                     tags ? "coalesce(type, 0)::UTINYINT" : "0::UTINYINT",
                     tags ? "coalesce(type_score, 0)" : "0::FLOAT",
                     near ? "signature" : "0::UBIGINT", near ? "image_key" : "0::UBIGINT",
                     images ? "image" : "''", request.used.empty() ? "0::UBIGINT" : "content_hash",
                     ConditionOf(request));
}

uint64_t StreamOf(uint64_t seed, std::string_view dataset) {
  return XXH3_64bits_withSeed(dataset.data(), dataset.size(), seed);
}

uint64_t PriorityInStream(uint64_t stream, uint32_t row) {
  return XXH3_64bits_withSeed(&row, sizeof(row), stream);
}

// Index and random stream of each row's data set; rows of one data set follow each other.
class DatasetColumn {
 public:
  DatasetColumn(const Pool& pool, uint64_t seed) : pool_(pool), seed_(seed) {}

  void Enter(std::string_view name) {
    if (name == name_) return;
    name_ = name;
    index_ = pool_.DatasetIndex(name);
    stream_ = StreamOf(seed_, name);
    FW_CHECK(index_ >= 0, "a data set of the manifest");
  }
  int32_t index() const { return index_; }
  uint64_t stream() const { return stream_; }

 private:
  const Pool& pool_;
  uint64_t seed_;
  std::string name_;
  int32_t index_ = -1;
  uint64_t stream_ = 0;
};

Status CheckPrepared(const FilterRequest& request, const Pool& pool) {
  for (const PoolDataset& dataset : pool.manifest().datasets) {
    if (request.needs_tags() && dataset.tagger.empty()) {
      return FailedPrecondition(
          fmt::format("data set {} has no question types yet; run 'flywheel pool tag --pool {}'",
                      dataset.name, pool.folder()));
    }
    if (request.near_duplicate_bits.has_value() && dataset.signatures.empty()) {
      return FailedPrecondition(
          fmt::format("data set {} has no signatures yet; run 'flywheel pool signatures --pool {}'",
                      dataset.name, pool.folder()));
    }
  }
  return OkStatus();
}

}  // namespace

uint64_t PriorityOf(uint64_t seed, std::string_view dataset, uint32_t row) {
  return PriorityInStream(StreamOf(seed, dataset), row);
}

Status ForEachCandidate(const FilterRequest& request, const Pool& pool,
                        std::map<std::string, int64_t>* left_out,
                        const std::function<void(const Candidate&)>& each) {
  FW_TRY(CheckPrepared(request, pool));
  FW_ASSIGN(Duck duck, OpenPoolSql(pool, Limits()));
  FW_ASSIGN(DuckRows rows, duck.Query(QueryOf(request)));
  DatasetColumn datasets(pool, request.seed);
  int64_t used = 0;
  int64_t of_benchmark = 0;
  while (true) {
    FW_ASSIGN(const bool more, rows.Next());
    if (!more) break;
    for (int64_t i = 0; i < rows.rows(); ++i) {
      if (!request.used.empty() && request.used.contains(rows.Unsigned(kContent, i))) {
        ++used;
        continue;
      }
      if (!request.benchmark_images.empty() &&
          request.benchmark_images.contains(ImageKey(rows.Text(kImage, i)))) {
        ++of_benchmark;
        continue;
      }
      Candidate candidate;
      datasets.Enter(rows.Text(kDataset, i));
      candidate.sample = {datasets.index(), static_cast<uint32_t>(rows.Unsigned(kRow, i))};
      candidate.priority = PriorityInStream(datasets.stream(), candidate.sample.row);
      candidate.type = static_cast<uint8_t>(rows.Unsigned(kType, i));
      candidate.type_score = static_cast<float>(rows.Real(kScore, i));
      candidate.signature = rows.Unsigned(kSignature, i);
      candidate.image_key = rows.Unsigned(kImageKey, i);
      if (candidate.type_score < request.min_score) candidate.type = 0;
      each(candidate);
    }
  }
  if (used > 0) (*left_out)[std::string(kLeftOutUsed)] += used;
  if (of_benchmark > 0) (*left_out)[std::string(kBenchmarkImage)] += of_benchmark;
  return OkStatus();
}

}  // namespace flywheel

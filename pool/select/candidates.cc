#include "pool/select/candidates.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <string>
#include <utility>

#include "pool/index/pool_sql.h"
#include "pool/text/text_signature.h"

namespace flywheel {
namespace {

constexpr DuckLimits kLimits{.threads = 2, .memory_mib = 512, .temp_folder = ""};

constexpr std::string_view kBenchmarkImage = "image of the benchmark";

// The columns asked for, in order; those not needed are constants, which cost nothing.
enum Column { kDataset, kRow, kType, kScore, kSignature, kImageKey, kImage, kContent };

std::string QueryOf(const FilterRequest& request) {
  const bool tags = request.needs_tags();
  const bool near = request.near_duplicate_bits.has_value();
  const bool images = !request.benchmark_images.empty();
  return fmt::format("SELECT dataset, row, {}, {}, {}, {}, {}, {} FROM samples{}",
                     tags ? "coalesce(type, 0)::UTINYINT" : "0::UTINYINT",
                     tags ? "coalesce(type_score, 0)" : "0::FLOAT",
                     near ? "signature" : "0::UBIGINT", near ? "image_key" : "0::UBIGINT",
                     images ? "image" : "''", request.used.empty() ? "0::UBIGINT" : "content_hash",
                     request.where.empty() ? "" : fmt::format(" WHERE ({}\n)", request.where));
}

// The data set's index of each row; rows of one data set follow each other.
class DatasetColumn {
 public:
  explicit DatasetColumn(const Pool& pool) : pool_(pool) {}

  int32_t IndexOf(std::string_view name) {
    if (name != name_) {
      name_ = name;
      index_ = pool_.DatasetIndex(name);
      FW_CHECK(index_ >= 0, "a data set of the manifest");
    }
    return index_;
  }

 private:
  const Pool& pool_;
  std::string name_;
  int32_t index_ = -1;
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
  const uint64_t stream = XXH3_64bits_withSeed(dataset.data(), dataset.size(), seed);
  return XXH3_64bits_withSeed(&row, sizeof(row), stream);
}

Status ForEachCandidate(const FilterRequest& request, const Pool& pool,
                        std::map<std::string, int64_t>* left_out,
                        const std::function<void(const Candidate&)>& each) {
  FW_TRY(CheckPrepared(request, pool));
  FW_ASSIGN(Duck duck, OpenPoolSql(pool, kLimits));
  FW_ASSIGN(DuckRows rows, duck.Query(QueryOf(request)));
  DatasetColumn datasets(pool);
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
      const std::string_view dataset = rows.Text(kDataset, i);
      candidate.sample = {datasets.IndexOf(dataset), static_cast<uint32_t>(rows.Unsigned(kRow, i))};
      candidate.priority = PriorityOf(request.seed, dataset, candidate.sample.row);
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

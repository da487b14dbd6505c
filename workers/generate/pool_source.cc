#include "workers/generate/pool_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pool/index/pool.h"
#include "pool/select/select_filter.h"
#include "pool/select/selection_file.h"
#include "pool/text/near_duplicates.h"
#include "workers/generate/pool_rows.h"

namespace flywheel {
namespace {

// Bad samples are found by looking at more than the quotas ask for, twice as many each time. A pool
// with fewer good ones than one in kMostLookahead may come out short.
constexpr int64_t kMostLookahead = 64;
constexpr int kMostRounds = 16;
constexpr size_t kReadAtOnce = 1024;

class PoolTaker {
 public:
  PoolTaker(const PoolQuotas& quotas, const PoolExclusions& exclusions, Pool* pool)
      : quotas_(quotas),
        excluded_(exclusions.used),
        pool_(*pool),
        rows_({.id_prefix = quotas.id_prefix,
               .images_root = quotas.pool.images_root,
               .image_root = quotas.image_root},
              exclusions) {}

  // Selects, looks at what was selected, and selects anew without what is bad: so what is taken is
  // what a selection without the bad samples takes, near-duplicates included.
  Result<PoolSamples> Take() {
    int64_t lookahead = 1;
    for (int round = 1;; ++round) {
      if (quotas_.should_stop()) return CancelledError("generate was stopped");
      const bool last = round == kMostRounds;
      if (last) lookahead = 1;
      FW_ASSIGN(const Selection selection, Select(lookahead));
      if (round == 1) used_ = CountOf(selection, kLeftOutUsed);
      FW_ASSIGN(const Look look, LookAt(selection, lookahead));
      if (last || (lookahead == 1 && look.bad == 0)) return Finish(selection);
      lookahead = look.complete ? 1 : std::min(lookahead * 2, kMostLookahead);
    }
  }

 private:
  struct Look {
    int64_t bad = 0;        // found now
    bool complete = false;  // each type has its quota of good ones, or the pool has no more
  };

  static int64_t CountOf(const Selection& selection, std::string_view reason) {
    const auto found = selection.left_out.find(std::string(reason));
    return found == selection.left_out.end() ? 0 : found->second;
  }

  // Samples of a type that a selection is to have.
  int64_t Wanted(int quota, int64_t lookahead) const {
    const int64_t most = std::max<int64_t>(quota, pool_.manifest().samples());
    return std::min(quota * lookahead, most);
  }

  Result<Selection> Select(int64_t lookahead) {
    FilterRequest request;
    request.where = quotas_.pool.where;
    request.min_score = quotas_.pool.min_score;
    request.seed = quotas_.seed;
    request.used = excluded_;
    request.count = 0;
    if (quotas_.pool.near_duplicates == NearDuplicatePolicy::kLeaveOut) {
      request.near_duplicate_bits = kUsualDistance;
    }
    for (const auto& [type, quota] : quotas_.by_type) {
      if (quota <= 0) continue;
      const int64_t wanted = Wanted(quota, lookahead);
      request.weights[type] = static_cast<double>(wanted);
      request.count += wanted;
    }
    return SelectByFilter(request, pool_);
  }

  // In the selection's order, and no further than until all quotas are filled.
  Result<Look> LookAt(const Selection& selection, int64_t lookahead) {
    Look look;
    std::map<int, int64_t> missing(quotas_.by_type.begin(), quotas_.by_type.end());
    std::map<int, int64_t> offered;
    for (const SelectedSample& selected : selection.samples) ++offered[selected.type];
    for (size_t begin = 0; begin < selection.samples.size(); begin += kReadAtOnce) {
      const size_t end = std::min(begin + kReadAtOnce, selection.samples.size());
      FW_TRY(JudgeSome({selection.samples.begin() + static_cast<int64_t>(begin),
                        selection.samples.begin() + static_cast<int64_t>(end)},
                       &missing, &look.bad));
    }
    look.complete = std::all_of(missing.begin(), missing.end(), [&](const auto& type) {
      const int quota = quotas_.by_type.at(type.first);
      return type.second <= 0 || offered[type.first] < Wanted(quota, lookahead);
    });
    return look;
  }

  Status JudgeSome(const std::vector<SelectedSample>& samples, std::map<int, int64_t>* missing,
                   int64_t* bad) {
    if (quotas_.should_stop()) return CancelledError("generate was stopped");
    Selection unknown;
    for (const SelectedSample& selected : samples) {
      if (!good_.contains(selected.sample) && missing->at(selected.type) > 0) {
        unknown.samples.push_back(selected);
      }
    }
    FW_ASSIGN(std::vector<SelectedRecord> records, ReadSelected(unknown, &pool_));
    auto record = records.begin();
    for (const SelectedSample& selected : samples) {
      const bool is_read = record != records.end() && record->selected.sample == selected.sample;
      SelectedRecord* const read = is_read ? &*record++ : nullptr;
      int64_t& left = missing->at(selected.type);
      if (left <= 0) continue;
      if (read != nullptr) FW_TRY(Judge(read, bad));
      left -= good_.contains(selected.sample) ? 1 : 0;
    }
    return OkStatus();
  }

  Status Judge(SelectedRecord* record, int64_t* bad) {
    const SampleRef sample = record->selected.sample;
    const uint64_t content = record->content_hash;
    FW_ASSIGN(JudgedRow judged, rows_.Make(pool_.DatasetOf(sample), record));
    if (judged.problem.empty()) {
      good_.emplace(sample, std::move(judged.sample));
      return OkStatus();
    }
    ++*bad;
    ++dropped_[judged.problem];
    excluded_.insert(content);
    return OkStatus();
  }

  PoolSamples Finish(const Selection& selection) {
    PoolSamples taken;
    taken.generation = pool_.manifest().generation;
    for (const SelectedSample& selected : selection.samples) {
      const auto good = good_.find(selected.sample);
      if (good == good_.end()) continue;
      good->second.type = selected.type;
      good->second.why = selected.why;
      taken.samples.push_back(std::move(good->second));
    }
    taken.dropped = selection.left_out;
    taken.dropped.erase(std::string(kLeftOutUsed));
    // Without the bad ones of this time.
    if (used_ > 0) taken.dropped["used before"] = used_;
    for (const auto& [reason, count] : dropped_) taken.dropped[reason] += count;
    return taken;
  }

  const PoolQuotas& quotas_;
  std::unordered_set<uint64_t> excluded_;  // content used before, and what is bad
  Pool& pool_;
  PoolRowMaker rows_;
  std::map<SampleRef, PoolSample> good_;
  std::map<std::string, int64_t> dropped_;
  int64_t used_ = 0;
};

// To a task its pool is data, which another attempt finds the same.
Status AsBadData(const Status& status) {
  const bool is_data =
      status.code() == StatusCode::kFailedPrecondition || status.code() == StatusCode::kDataLoss;
  return is_data ? InvalidArgument(status.message()) : status;
}

}  // namespace

Result<PoolSamples> TakeFromPool(const PoolQuotas& quotas, const PoolExclusions& exclusions) {
  Result<Pool> pool = Pool::Open(quotas.pool.path);
  FW_TRY(AsBadData(pool.status()));
  const bool wants_any = std::any_of(quotas.by_type.begin(), quotas.by_type.end(),
                                     [](const auto& type) { return type.second > 0; });
  if (!wants_any) {
    PoolSamples none;
    none.generation = pool->manifest().generation;
    return none;
  }
  Result<PoolSamples> taken = PoolTaker(quotas, exclusions, &*pool).Take();
  FW_TRY(AsBadData(taken.status()));
  return taken;
}

}  // namespace flywheel

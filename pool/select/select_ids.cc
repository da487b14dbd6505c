#include "pool/select/select_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/io/files.h"
#include "pool/dataoptim/submission.h"
#include "pool/index/sample_batch.h"

namespace flywheel {
namespace {

constexpr size_t kMostWarnings = 20;

// The n of "x#n", from 1; 0: the text does not end so.
int64_t OccurrenceOf(std::string_view text) {
  const size_t hash = text.rfind('#');
  if (hash == std::string_view::npos) return 0;
  const std::string_view digits = text.substr(hash + 1);
  int64_t occurrence = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), occurrence);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  return is_number && occurrence >= 1 ? occurrence : 0;
}

// Of the samples with the id's hash those that have the id: several samples have it, for no two
// ids of a pool meet in 64 bits, but an unknown id may meet one. A record without an id of its own
// has one made of its number.
Result<std::vector<SampleRef>> Verified(std::vector<SampleRef> found, std::string_view id,
                                        Pool* pool) {
  if (found.size() != 1) return found;
  FW_ASSIGN(const std::string actual, pool->ReadId(found.front()));
  if (!actual.empty() && actual != id) found.clear();
  return found;
}

Result<std::vector<SampleRef>> WithId(std::string_view id, Pool* pool) {
  return Verified(pool->FindHash(HashOfId(id)), id, pool);
}

Result<std::vector<SampleRef>> WithIdIn(int32_t dataset, std::string_view id, Pool* pool) {
  std::vector<SampleRef> found;
  for (const uint32_t row : pool->RowsOf(dataset, HashOfId(id))) found.push_back({dataset, row});
  return Verified(std::move(found), id, pool);
}

// "x" or "x#2" in a data set.
Result<std::vector<SampleRef>> FindIn(int32_t dataset, std::string_view id, Pool* pool) {
  FW_ASSIGN(std::vector<SampleRef> found, WithIdIn(dataset, id, pool));
  const int64_t occurrence = OccurrenceOf(id);
  if (!found.empty() || occurrence == 0) return found;
  FW_ASSIGN(found, WithIdIn(dataset, id.substr(0, id.rfind('#')), pool));
  if (occurrence > static_cast<int64_t>(found.size())) return std::vector<SampleRef>();
  return std::vector<SampleRef>{found[static_cast<size_t>(occurrence - 1)]};
}

std::string NamesOf(const std::vector<SampleRef>& found, std::string_view id, const Pool& pool) {
  std::string names;
  int occurrence = 0;
  for (size_t i = 0; i < found.size() && i < 4; ++i) {
    const bool same = i > 0 && found[i].dataset == found[i - 1].dataset;
    occurrence = same ? occurrence + 1 : 1;
    names += fmt::format("{}{}:{}#{}", i == 0 ? "" : ", ", pool.DatasetOf(found[i]).name, id,
                         occurrence);
  }
  return found.size() > 4 ? names + ", ..." : names;
}

class IdSelection {
 public:
  IdSelection(const IdListRequest& request, Pool* pool) : request_(request), pool_(pool) {}

  Status TakeLine(std::string_view line, int64_t number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) {
      ++blank_lines_;
      return OkStatus();
    }
    FW_ASSIGN(const std::vector<SampleRef> found, FindSamples(line, pool_));
    if (found.empty()) return Unknown(line);
    if (found.size() > 1) FW_TRY(Several(line, number, found));
    const SampleRef sample =
        request_.repeated_id == RepeatedId::kLast ? found.back() : found.front();
    if (!taken_.insert(sample).second && request_.repeated_line == RepeatedLine::kOnce) {
      ++selection_.left_out["named before in the list"];
      Warn(fmt::format("line {}: '{}' is named before", number, line));
      return OkStatus();
    }
    selection_.samples.push_back({sample, fmt::format("line {} of {}", number, request_.path)});
    return OkStatus();
  }

  Selection Finish() {
    const auto taken = static_cast<int64_t>(selection_.samples.size());
    selection_.strata = {{"all", taken, taken, pool_->manifest().samples()}};
    if (blank_lines_ > 0)
      selection_.warnings.push_back(fmt::format("{} blank lines", blank_lines_));
    if (unsaid_ > 0) {
      selection_.warnings.push_back(fmt::format("{} more warnings like these", unsaid_));
    }
    return std::move(selection_);
  }

 private:
  void Warn(std::string text) {
    if (selection_.warnings.size() < kMostWarnings) {
      selection_.warnings.push_back(std::move(text));
    } else {
      ++unsaid_;
    }
  }

  Status Unknown(std::string_view id) const {
    const std::string near = NearestKnownId(id, [this](std::string_view other) {
      return static_cast<int64_t>(pool_->FindHash(HashOfId(other)).size());
    });
    return NotFound(fmt::format("no sample has the id '{}'{}", id,
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }

  Status Several(std::string_view line, int64_t number, const std::vector<SampleRef>& found) {
    const std::string names = NamesOf(found, line, *pool_);
    if (request_.repeated_id == RepeatedId::kError) {
      return InvalidArgument(
          fmt::format("{} samples have the id '{}'; name one of {}", found.size(), line, names));
    }
    selection_.left_out["other samples with an id of the list"] +=
        static_cast<int64_t>(found.size()) - 1;
    Warn(fmt::format("line {}: {} samples have the id '{}' ({}); the {} is taken", number,
                     found.size(), line, names,
                     request_.repeated_id == RepeatedId::kLast ? "last" : "first"));
    return OkStatus();
  }

  const IdListRequest& request_;
  Pool* pool_;
  Selection selection_;
  std::set<SampleRef> taken_;
  int64_t blank_lines_ = 0;
  int64_t unsaid_ = 0;
};

}  // namespace

Result<std::vector<SampleRef>> FindSamples(std::string_view id, Pool* pool) {
  FW_ASSIGN(std::vector<SampleRef> found, WithId(id, pool));
  if (!found.empty()) return found;
  for (size_t colon = id.find(':'); colon != std::string_view::npos;
       colon = id.find(':', colon + 1)) {
    const int32_t dataset = pool->DatasetIndex(id.substr(0, colon));
    if (dataset < 0) continue;
    FW_ASSIGN(found, FindIn(dataset, id.substr(colon + 1), pool));
    if (!found.empty()) return found;
  }
  return found;
}

Result<std::optional<SampleRef>> FindOccurrence(const SampleName& name, Pool* pool) {
  const int32_t dataset = pool->DatasetIndex(name.dataset);
  if (dataset < 0) return std::optional<SampleRef>();
  FW_ASSIGN(const std::vector<SampleRef> found, WithIdIn(dataset, name.id, pool));
  if (name.occurrence < 1 || name.occurrence > static_cast<int64_t>(found.size())) {
    return std::optional<SampleRef>();
  }
  return std::optional(found[static_cast<size_t>(name.occurrence - 1)]);
}

Result<Selection> SelectIds(const IdListRequest& request, Pool* pool) {
  IdSelection selection(request, pool);
  FW_TRY(ForEachLine(request.path, [&selection](std::string_view line, int64_t number) {
    return selection.TakeLine(line, number);
  }));
  return selection.Finish();
}

}  // namespace flywheel

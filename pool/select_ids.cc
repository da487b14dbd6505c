#include "pool/select_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/io/files.h"
#include "pool/sample_batch.h"
#include "pool/submission.h"

namespace flywheel {
namespace {

constexpr size_t kMostWarnings = 20;

// "coco:x#2" taken apart; nothing where the text has no such parts.
struct NamedId {
  std::string_view dataset;
  std::string_view id;
  int64_t occurrence = 0;  // from 1; 0: any
};

std::optional<NamedId> TakeApart(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  NamedId named{text.substr(0, colon), text.substr(colon + 1), 0};
  const size_t hash = named.id.rfind('#');
  if (hash == std::string_view::npos) return named;
  const std::string_view digits = named.id.substr(hash + 1);
  int64_t occurrence = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), occurrence);
  if (error != std::errc() || end != digits.data() + digits.size() || occurrence < 1) return named;
  named.id = named.id.substr(0, hash);
  named.occurrence = occurrence;
  return named;
}

// Of the samples with the id's hash those that have the id. A record without an id of its own has
// one made of its number, which no other record's hash will meet.
Result<std::vector<SampleRef>> WithId(std::string_view id, Pool* pool) {
  std::vector<SampleRef> found = pool->FindHash(HashOfId(id));
  if (found.size() > 1) return found;
  for (const SampleRef& sample : found) {
    FW_ASSIGN(const std::string actual, pool->ReadId(sample));
    if (!actual.empty() && actual != id) return std::vector<SampleRef>();
  }
  return found;
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
    ++selection_.left_out["other samples with an id of the list"];
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
  const std::optional<NamedId> named = TakeApart(id);
  if (!named.has_value()) return found;
  FW_ASSIGN(found, WithId(named->id, pool));
  const int32_t dataset = pool->DatasetIndex(named->dataset);
  std::erase_if(found, [dataset](const SampleRef& sample) { return sample.dataset != dataset; });
  if (named->occurrence == 0) return found;
  if (named->occurrence > static_cast<int64_t>(found.size())) return std::vector<SampleRef>();
  return std::vector<SampleRef>{found[static_cast<size_t>(named->occurrence - 1)]};
}

Result<Selection> SelectIds(const IdListRequest& request, Pool* pool) {
  IdSelection selection(request, pool);
  FW_TRY(ForEachLine(request.path, [&selection](std::string_view line, int64_t number) {
    return selection.TakeLine(line, number);
  }));
  return selection.Finish();
}

}  // namespace flywheel

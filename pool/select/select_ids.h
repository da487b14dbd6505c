// Selection by a list of ids: DataOptim's standard submission, an id on each line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/select/selection.h"

namespace flywheel {

// Which of several samples with the same id is meant when the list does not say.
enum class RepeatedId { kFirst, kLast, kError };
// What a list that names the same sample twice gets: one, or as DataOptim's script one each time.
enum class RepeatedLine { kOnce, kEachTime };

struct IdListRequest {
  std::string path = {};
  RepeatedId repeated_id = RepeatedId::kFirst;
  RepeatedLine repeated_line = RepeatedLine::kOnce;
};

// The samples of an id as it stands in a list: "coco_0"; "coco:x", of one data set; "coco:x#2", the
// second with this id there, from 1. Ids that have ':' or '#' in them are tried as they are first,
// alone and in the data set. Reads the records, as two ids may have one hash.
Result<std::vector<SampleRef>> FindSamples(std::string_view id, Pool* pool);

// One of the samples with an id, as a selection.parquet says it.
struct SampleName {
  std::string_view dataset;
  std::string_view id;
  int64_t occurrence = 1;  // among those with the id in the data set, from 1
};
// Empty: the pool has none.
Result<std::optional<SampleRef>> FindOccurrence(const SampleName& name, Pool* pool);

// In the order of the list. NOT_FOUND names line and id that no sample has, and one that may have
// been meant; INVALID_ARGUMENT a repeated id under kError. Blank lines and repeated ones are warned
// of.
Result<Selection> SelectIds(const IdListRequest& request, Pool* pool);

}  // namespace flywheel

// SEED-Bench's own question file (github.com/AILab-CVC/SEED-Bench, DATASET.md), as questions of
// ours. Reads values, not files: the caller parses the JSON. Which picture a data_id names is the
// caller's business too.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/records/question.h"
#include "base/result.h"

namespace flywheel {

struct SeedBench {
  // Of images, types 1 to 9, in the order of the file; `image` is the data_id, empty where the file
  // has null.
  std::vector<Question> questions;
  int32_t videos = 0;  // rows about videos, types 10 to 12, left out
};

// Ids may be numbers or text, as published versions have both. `where` names the file in errors.
// INVALID_ARGUMENT names the record and what was expected: "q.json: questions[12] (id 101669):
// answer: expected A, B, C or D, found nothing"; also for an id that comes twice, a type outside 1
// to 12, and a file whose own table gives a type name another number than SEED-Bench does (an
// older version had Instance Attributes and Instance Location swapped).
Result<SeedBench> ReadSeedBench(const nlohmann::json& file, const std::string& where);

}  // namespace flywheel

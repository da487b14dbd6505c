// Columns that are filled after an import: question types and near-duplicate signatures. Part by
// part over several threads into new Parquet files, then a new generation is swapped in; an
// interrupted run goes on where it was.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/text/question_type.h"

namespace flywheel {

struct EnrichmentProgress {
  std::string dataset;
  int64_t samples = 0;  // done of this data set
  int64_t total = 0;
};

struct EnrichmentOptions {
  int threads = 2;
  std::function<void(const EnrichmentProgress&)> progress = [](const EnrichmentProgress&) {};
  std::function<bool()> should_stop = [] { return false; };
};

struct EnrichedDataset {
  std::string name;
  int64_t samples = 0;  // filled now; 0: they were there already
};

// Fills type and type_score in data sets that have none or those of another version of the tagger.
// FAILED_PRECONDITION when a source file has changed; CANCELLED when it was asked to stop.
Result<std::vector<EnrichedDataset>> TagPool(const std::string& pool, const QuestionTagger& tagger,
                                             const EnrichmentOptions& options);

// Fills signature and image_key.
Result<std::vector<EnrichedDataset>> SignPool(const std::string& pool,
                                              const EnrichmentOptions& options);

// Of the algorithm of signatures; another one fills them anew.
inline constexpr std::string_view kSignatureVersion = "simhash64-3grams-1";

}  // namespace flywheel

// Rows of Parquet as the pool knows them: a LLaVA record in JSON, with the name that its image will
// have when it is taken out of the file. Says nothing of how rows are read: parquet_samples.h.
#pragma once

#include <string>

#include "base/result.h"
#include "pool/formats/parquet_samples.h"

namespace flywheel {

// "train-00000-of-00250/12.jpg" for an image inside the file: ids may repeat and hold '/', this
// name cannot. What the row says for an image outside; empty without one.
std::string ParquetImageName(const std::string& path, const ParquetSample& sample);

// `dataset` makes the id of a row that has none. INVALID_ARGUMENT when LLaVA could not train on it.
Result<std::string> ParquetRecord(const std::string& dataset, const std::string& path,
                                  ParquetSample sample);

}  // namespace flywheel

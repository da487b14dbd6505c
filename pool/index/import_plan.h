// Finds out what the sources of an import are: which data sets, in which format, from which files.
// Looks at names, folders and the first records; reads no file wholly.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pool/dataoptim/catalogue.h"
#include "pool/index/dataset_import.h"

namespace flywheel {

struct ImportRequest {
  std::vector<std::string> sources;  // files and folders
  std::string dataset;               // empty: named after the files
  std::string images_root;
};

// A file is a data set named after it without its last ending ("llava_v1.5.json" is "llava_v1.5");
// shards ("train-00000-of-00250.parquet") are one, named after their folder; of a folder all .json,
// .jsonl and .parquet files of its folder "data" are taken, by name, or else its own. With
// request.dataset all files are one data set. Categories come from the catalogue. NOT_FOUND and
// INVALID_ARGUMENT name the source.
Result<std::vector<DatasetSource>> PlanImport(const ImportRequest& request,
                                              const Catalogue& catalogue);

}  // namespace flywheel

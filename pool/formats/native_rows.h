// What the readers of COCO's and VQA's own files have in common: where rows go, what becomes of a
// bad record, and what was counted. Nothing of either format.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "pool/formats/llava_row.h"

namespace flywheel {

struct NativeOptions {
  std::string id_prefix;     // "coco": rows are "coco_<id in the file>"
  std::string image_folder;  // stands before file names: "coco" gives "coco/<name>"; empty: nothing
  uint64_t seed = 0;         // of the choice among prompts
};

struct NativeSink {
  // Each good row, in the order of the file. A failure ends the reading.
  std::function<Status(LlavaRow&& row)> row;
  // Each bad record: "annotations[12] (id 7)" and why. Without it the first one ends the reading.
  std::function<Status(const std::string& place, const Status& why)> reject;
};

struct NativeCounts {
  int64_t rows = 0;
  int64_t rejected = 0;
  int64_t unused = 0;  // images without a caption, answers without a question

  bool operator==(const NativeCounts&) const = default;
};

// Checks the row and hands it on, or its failure to the side that takes those.
Status DeliverNativeRow(const NativeSink& sink, const std::string& place, Result<LlavaRow> row,
                        NativeCounts* counts);

}  // namespace flywheel

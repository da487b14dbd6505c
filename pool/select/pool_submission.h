// The checks of submissions against what is there: a standard submission's ids against a pool, the
// images of a BYOD submission against a folder. What is checked in the files themselves is
// submission.h's business.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "pool/dataoptim/submission.h"
#include "pool/index/pool.h"

namespace flywheel {

struct PoolSubmission {
  SubmissionReport report;
  // BYOD: images whose name says another form than their bytes; trainers read them all the same.
  int64_t wrong_extensions = 0;
};

// Ids as `pool select` takes them: "coco_0", "coco:x", "coco:x#2". A Status for a list or a source
// of the pool that cannot be read, not for a problem of the submission.
Result<PoolSubmission> CheckStandardInPool(const std::string& path, Pool* pool);

// `images_root`: empty: images are not looked at. Each image is looked at once.
Result<PoolSubmission> CheckByodWithImages(const std::string& path, const std::string& images_root);

}  // namespace flywheel

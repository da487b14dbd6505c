// Benchmarks' own files of captions and questions, made into a file of LLaVA records that a pool
// can point into: one record needs several places of such a file. The file is named by the content
// of its sources, so that it is made once.
#pragma once

#include <string>

#include "base/result.h"
#include "pool/index/dataset_import.h"

namespace flywheel {

// True for formats whose samples cannot be read where they are.
bool NeedsConversion(SampleFormat format);

// The data set with its files replaced by one in `folder`. Records that cannot be converted become
// lines that an import rejects with the reason.
Result<DatasetSource> ConvertNative(const DatasetSource& source, const std::string& folder);

// The member of such a line.
inline constexpr std::string_view kRejectedMember = "flywheel_rejected";

}  // namespace flywheel

// COCO's captions as they are published, {images [{id, file_name}], annotations [{image_id, id,
// caption}]}, as LLaVA rows in DataOptim's form: a short instruction, the caption as it is. Memory:
// the file names of the images. Does not look at pictures.
#pragma once

#include <string>

#include "base/result.h"
#include "pool/formats/native_rows.h"

namespace flywheel {

// One of five instructions for a short caption, by the seed and the id of the row.
std::string CaptionPrompt(uint64_t seed, std::string_view id);

// Rows "<prefix>_<annotation id>" in the order of the annotations, for which the file is read
// twice.
Result<NativeCounts> ForEachCocoCaption(const std::string& path, const NativeOptions& options,
                                        const NativeSink& sink);

}  // namespace flywheel

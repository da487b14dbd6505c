// The formats training data is published in, told apart by a file's beginning, and their records as
// LLaVA rows. Formats whose rows need more than one record (COCO, VQA) or are not text (Parquet)
// are told apart here and read elsewhere: native_captions.h, native_vqa.h, parquet_samples.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pool/formats/llava_row.h"

namespace flywheel {

enum class SampleFormat {
  kLlava,         // records {id, image?, conversations [{from, value}]}
  kShareGpt,      // records {messages [{role, content}] or conversations, images?}, LLaMA-Factory's
  kEngine,        // records {instruction, answer, options?, choice_answer?, image}
  kCocoCaptions,  // one object {images, annotations [{caption}]}
  kVqaQuestions,  // one object {questions [{question_id, question, image_id}]}
  kVqaAnnotations,  // one object {annotations [{question_id, multiple_choice_answer}]}
  kParquet,         // LLaVA-NeXT-Data's shards, or LLaVA rows as columns
};

// "LLaVA", "ShareGPT", ...
std::string_view SampleFormatName(SampleFormat format);

// Looks at the first record, or for one large object at its members. INVALID_ARGUMENT says which
// members were found where no format is known by them.
Result<SampleFormat> DetectSampleFormat(const std::string& path);

// Where a record came from, for the id of one that has none: "<dataset>_<number>".
struct RecordOrigin {
  std::string_view dataset;
  int64_t number = 0;  // from 1, as ForEachJsonRecord counts
};

// The row of one record of a LLaVA, ShareGPT or engine file, checked as LLaVA rows are. Members
// that LLaVA does not know stay beside the conversations; a system message becomes the member
// "system". What a LLaVA row cannot hold is an error and never left out: a second image, a video or
// audio, roles other than the two that talk, an image path that leads out of its folder.
Result<LlavaRow> RowFromRecord(SampleFormat format, std::string_view text,
                               const RecordOrigin& origin);

}  // namespace flywheel

// VQA v2 as it is published, a file of questions {data_subtype, questions [{image_id, question,
// question_id}]} and one of annotations {annotations [{question_id, multiple_choice_answer}]}, as
// LLaVA rows in DataOptim's form: question and a word on the length, the answer most people gave.
// Memory: the answers. Does not look at pictures.
#pragma once

#include <string>

#include "base/result.h"
#include "pool/formats/native_rows.h"

namespace flywheel {

struct VqaFiles {
  std::string questions;
  std::string annotations;
};

// Rows "<prefix>_<question_id>" in the order of the questions; images are named as COCO of 2014
// names them, "COCO_<data_subtype>_<12 digits>.jpg". A question without an answer is a bad record;
// answers without a question are counted as unused.
Result<NativeCounts> ForEachVqaQuestion(const VqaFiles& files, const NativeOptions& options,
                                        const NativeSink& sink);

}  // namespace flywheel

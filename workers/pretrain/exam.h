// What a model knows of the rendered world: its accuracy by question type on a benchmark made from
// a seed. For the maker of base models and for benchmarks; campaigns evaluate by tasks.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/result.h"
#include "generators/benchmark.h"
#include "workers/llava/llava_model.h"
#include "workers/llava/tokenizer.h"

namespace flywheel::pretrain {

struct ExamResult {
  double accuracy = 0;
  std::map<int, double> by_type;
};

Result<ExamResult> TakeExam(const llava::LlavaModel& model, const llava::Tokenizer& tokenizer,
                            const Benchmark& benchmark, int threads);

}  // namespace flywheel::pretrain

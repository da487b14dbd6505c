// Text that a tokenizer for Flywheel's own models is trained on: questions, answers and captions of
// the world, and every word that templates and COCO's categories can bring.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flywheel {

// Lines of lower-case text, at least `lines` of them; a function of the arguments.
std::vector<std::string> TokenizerCorpus(uint64_t seed, int lines);

}  // namespace flywheel

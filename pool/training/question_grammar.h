// Templates that are expanded into labelled questions. A grammar file:
//   {"slots": {"animal": ["horse", "cow"]},
//    "registers": ["{question}", "{lower}"],
//    "templates": {"1": ["What [kind|sort] of place is this?"], "2": ["Is there {a:animal}
//    here?"]}}
// "[a|b]" is one of several, "{animal}" a value of a slot (which may name slots itself),
// "{a:animal}" the same with its article. A register wraps the outcome; "{lower}" is it in lower
// case without its last "?". Knows nothing of what a type means.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "pool/training/labelled_questions.h"

namespace flywheel {

struct QuestionGrammar {
  std::map<std::string, std::vector<std::string>> slots;
  std::vector<std::string> registers;
  std::map<int, std::vector<std::string>> templates;  // by type
};

Result<QuestionGrammar> ReadQuestionGrammar(const std::string& path);

// `count` different questions of each type (twice as many of type 0, which is several things), all
// templates in turn. The same seed gives the same questions. INVALID_ARGUMENT names the template
// with a slot that is not there; FAILED_PRECONDITION the type that cannot give so many.
Result<std::vector<LabelledQuestion>> ExpandGrammar(const QuestionGrammar& grammar, int count,
                                                    uint64_t seed);

}  // namespace flywheel

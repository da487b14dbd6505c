// Learns the linear model of question types: multinomial logistic regression by stochastic gradient
// descent with a per-weight step (AdaGrad: Duchi, Hazan, Singer, JMLR 2011), then rounded to one
// byte a weight. The same questions and seed give the same model.
#pragma once

#include <cstdint>
#include <vector>

#include "pool/text/type_model.h"
#include "pool/training/labelled_questions.h"

namespace flywheel {

struct TypeTraining {
  uint64_t seed = 1;
  int epochs = 30;
  float step = 0.3F;
  float decay = 3e-4F;  // L2, of the weights of a question's features each time it is seen
};

TypeModel TrainTypeModel(const std::vector<LabelledQuestion>& questions,
                         const TypeTraining& training);

}  // namespace flywheel

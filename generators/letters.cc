#include "generators/letters.h"

#include "generators/questions/question_maker.h"

namespace flywheel {

int Letters::Next(int type) {
  std::vector<int>& left = left_[type];
  if (left.empty()) {
    for (int i = 0; i < kChoices; ++i) left.push_back(i);
    rng_.Shuffle(left);
  }
  const int position = left.back();
  left.pop_back();
  return position;
}

}  // namespace flywheel

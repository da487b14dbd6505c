// The kernels of one instruction set. For kernels.cc and kernel_loops.cc only.
#pragma once

#include "workers/llava/kernels.h"

namespace flywheel::llava::kernels {

struct Table {
  decltype(&RmsNormForward) rms_norm_forward;
  decltype(&RmsNormBackward) rms_norm_backward;
  decltype(&SwiGluForward) swiglu_forward;
  decltype(&SwiGluBackward) swiglu_backward;
  decltype(&RotateRow) rotate_row;
  decltype(&SoftmaxRow) softmax_row;
  decltype(&SoftmaxRowBackward) softmax_row_backward;
  decltype(&SumOfSquares) sum_of_squares;
  decltype(&Add) add;
  decltype(&AdamWUpdate) adamw_update;
};

}  // namespace flywheel::llava::kernels

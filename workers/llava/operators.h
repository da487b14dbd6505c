// The element-wise operations of the decoder as single autograd steps: what LibTorch would do in
// five or ten passes over memory. Same results as the formulas; float32 only.
#pragma once

#include <ATen/ATen.h>

namespace flywheel::llava {

// x [N, D], weight [D] -> [N, D]: x / sqrt(mean(x^2) + eps) * weight (LLaMA's RMSNorm).
at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps);

// gate_up [N, 2F] -> silu(gate) * up [N, F].
at::Tensor SwiGlu(const at::Tensor& gate_up);

}  // namespace flywheel::llava

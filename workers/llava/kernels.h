// Plain loops over float arrays that LibTorch would do in many passes: normalisation, gating,
// rotation, softmax, the optimiser's update. Row-major, no allocation, one thread. Compiled for
// several instruction sets; for one machine the results are always the same bits.
#pragma once

#include <cstdint>

namespace flywheel::llava::kernels {

// out[r] = x[r] / rms(x[r]) * weight; inverse_rms[r] is kept for the backward pass.
void RmsNormForward(const float* x, const float* weight, int64_t rows, int64_t columns, float eps,
                    float* out, float* inverse_rms);
// grad_x is written, grad_weight is added to.
void RmsNormBackward(const float* x, const float* weight, const float* inverse_rms,
                     const float* grad_out, int64_t rows, int64_t columns, float* grad_x,
                     float* grad_weight);

// gate_up [rows, 2 * width] -> silu(gate) * up [rows, width].
void SwiGluForward(const float* gate_up, int64_t rows, int64_t width, float* out);
void SwiGluBackward(const float* gate_up, const float* grad_out, int64_t rows, int64_t width,
                    float* grad_gate_up);

// Rotates each head of a row by its position's angles (the half-split form of LLaMA), in place.
// `sine_sign` -1 undoes it. cosine and sine: [positions, head_dim / 2].
struct Rotation {
  const float* cosine = nullptr;
  const float* sine = nullptr;
  float sine_sign = 1;
};
void RotateRow(float* row, int64_t heads, int64_t head_dim, int64_t position,
               const Rotation& rotation);

// Softmax of scale * row[0, width); [width, columns) becomes 0.
void SoftmaxRow(float* row, int64_t width, int64_t columns, float scale);
// grad_row becomes scale * p * (grad_row - sum(p * grad_row)).
void SoftmaxRowBackward(const float* probabilities, float* grad_row, int64_t columns, float scale);

double SumOfSquares(const float* x, int64_t count);
void Add(const float* x, int64_t count, float* sum);

struct AdamWStep {
  float learning_rate = 0;
  float beta1 = 0;
  float beta2 = 0;
  float epsilon = 0;
  float weight_decay = 0;
  float gradient_scale = 1;  // clipping
  float correction1 = 1;     // 1 - beta1^t
  float correction2 = 1;     // 1 - beta2^t
};
// One AdamW update of `count` parameters.
void AdamWUpdate(const AdamWStep& step, const float* gradient, int64_t count, float* parameter,
                 float* momentum, float* variance);

}  // namespace flywheel::llava::kernels

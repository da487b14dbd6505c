#include "workers/llava/kernels.h"

#include "workers/llava/kernel_table.h"

namespace flywheel::llava::kernels {

namespace baseline {
extern const Table kTable;
}
#ifdef FLYWHEEL_KERNELS_X86
namespace avx2 {
extern const Table kTable;
}
namespace avx512 {
extern const Table kTable;
}
#endif

namespace {

const Table& Choose() {
#ifdef FLYWHEEL_KERNELS_X86
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    return avx512::kTable;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::kTable;
#endif
  return baseline::kTable;
}

const Table& Active() {
  static const Table& table = Choose();
  return table;
}

}  // namespace

void RmsNormForward(const float* x, const float* weight, int64_t rows, int64_t columns, float eps,
                    float* out, float* inverse_rms) {
  Active().rms_norm_forward(x, weight, rows, columns, eps, out, inverse_rms);
}

void RmsNormBackward(const float* x, const float* weight, const float* inverse_rms,
                     const float* grad_out, int64_t rows, int64_t columns, float* grad_x,
                     float* grad_weight) {
  Active().rms_norm_backward(x, weight, inverse_rms, grad_out, rows, columns, grad_x, grad_weight);
}

void SwiGluForward(const float* gate_up, int64_t rows, int64_t width, float* out) {
  Active().swiglu_forward(gate_up, rows, width, out);
}

void SwiGluBackward(const float* gate_up, const float* grad_out, int64_t rows, int64_t width,
                    float* grad_gate_up) {
  Active().swiglu_backward(gate_up, grad_out, rows, width, grad_gate_up);
}

void RotateRow(float* row, int64_t heads, int64_t head_dim, int64_t position,
               const Rotation& rotation) {
  Active().rotate_row(row, heads, head_dim, position, rotation);
}

void SoftmaxRow(float* row, int64_t width, int64_t columns, float scale) {
  Active().softmax_row(row, width, columns, scale);
}

void SoftmaxRowBackward(const float* probabilities, float* grad_row, int64_t columns, float scale) {
  Active().softmax_row_backward(probabilities, grad_row, columns, scale);
}

double SumOfSquares(const float* x, int64_t count) { return Active().sum_of_squares(x, count); }

void Add(const float* x, int64_t count, float* sum) { Active().add(x, count, sum); }

void AdamWUpdate(const AdamWStep& step, const float* gradient, int64_t count, float* parameter,
                 float* momentum, float* variance) {
  Active().adamw_update(step, gradient, count, parameter, momentum, variance);
}

}  // namespace flywheel::llava::kernels

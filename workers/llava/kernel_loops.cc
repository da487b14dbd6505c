// The loops themselves. This file is compiled once for each instruction set, which the build names
// in FLYWHEEL_KERNELS (CMakeLists.txt); kernels.cc picks one table at run time. It calls no inline
// function of another header, so that no code of one variant can be linked into another.
#include "workers/llava/kernel_table.h"

namespace flywheel::llava::kernels::FLYWHEEL_KERNELS {
namespace {

// e^x to 2 units in the last place: 2^k times a polynomial on [-ln2/2, ln2/2] (the coefficients of
// Cephes' expf). Branch-free, so that loops over it are vectorised.
inline __attribute__((always_inline)) float Exp(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  const float scaled = x * 1.44269504088896341F;
  const auto exponent = static_cast<int32_t>(scaled + (scaled < 0 ? -0.5F : 0.5F));
  const float k = static_cast<float>(exponent);
  float r = x - k * 0.693359375F;
  r = r - k * -2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * __builtin_bit_cast(float, (exponent + 127) << 23);
}

void RmsNormForward(const float* x, const float* weight, int64_t rows, int64_t columns, float eps,
                    float* out, float* inverse_rms) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* in = x + r * columns;
    float sum = 0;
    for (int64_t c = 0; c < columns; ++c) sum += in[c] * in[c];
    const float inverse = 1.0F / __builtin_sqrtf(sum / static_cast<float>(columns) + eps);
    inverse_rms[r] = inverse;
    float* to = out + r * columns;
    for (int64_t c = 0; c < columns; ++c) to[c] = in[c] * inverse * weight[c];
  }
}

void RmsNormBackward(const float* x, const float* weight, const float* inverse_rms,
                     const float* grad_out, int64_t rows, int64_t columns, float* grad_x,
                     float* grad_weight) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* in = x + r * columns;
    const float* grad = grad_out + r * columns;
    const float inverse = inverse_rms[r];
    float dot = 0;
    for (int64_t c = 0; c < columns; ++c) dot += grad[c] * weight[c] * in[c];
    const float along = dot * inverse * inverse * inverse / static_cast<float>(columns);
    float* to = grad_x + r * columns;
    for (int64_t c = 0; c < columns; ++c) {
      to[c] = grad[c] * weight[c] * inverse - in[c] * along;
      grad_weight[c] += grad[c] * in[c] * inverse;
    }
  }
}

void SwiGluForward(const float* gate_up, int64_t rows, int64_t width, float* out) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* gate = gate_up + r * 2 * width;
    const float* up = gate + width;
    float* to = out + r * width;
    for (int64_t c = 0; c < width; ++c) to[c] = gate[c] / (1.0F + Exp(-gate[c])) * up[c];
  }
}

void SwiGluBackward(const float* gate_up, const float* grad_out, int64_t rows, int64_t width,
                    float* grad_gate_up) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* gate = gate_up + r * 2 * width;
    const float* up = gate + width;
    const float* grad = grad_out + r * width;
    float* grad_gate = grad_gate_up + r * 2 * width;
    float* grad_up = grad_gate + width;
    for (int64_t c = 0; c < width; ++c) {
      const float sigmoid = 1.0F / (1.0F + Exp(-gate[c]));
      const float silu = gate[c] * sigmoid;
      grad_up[c] = grad[c] * silu;
      grad_gate[c] = grad[c] * up[c] * (sigmoid + silu * (1.0F - sigmoid));
    }
  }
}

void RotateRow(float* row, int64_t heads, int64_t head_dim, int64_t position,
               const Rotation& rotation) {
  const int64_t half = head_dim / 2;
  const float* cosine = rotation.cosine + position * half;
  const float* sine = rotation.sine + position * half;
  const float sign = rotation.sine_sign;
  for (int64_t h = 0; h < heads; ++h) {
    float* low = row + h * head_dim;
    float* high = low + half;
    for (int64_t i = 0; i < half; ++i) {
      const float a = low[i];
      const float b = high[i];
      const float s = sine[i] * sign;
      low[i] = a * cosine[i] - b * s;
      high[i] = b * cosine[i] + a * s;
    }
  }
}

void SoftmaxRow(float* row, int64_t width, int64_t columns, float scale) {
  float largest = row[0];
  for (int64_t c = 1; c < width; ++c) largest = row[c] > largest ? row[c] : largest;
  const float shift = largest * scale;
  float sum = 0;
  for (int64_t c = 0; c < width; ++c) {
    const float e = Exp(row[c] * scale - shift);
    row[c] = e;
    sum += e;
  }
  const float inverse = 1.0F / sum;
  for (int64_t c = 0; c < width; ++c) row[c] *= inverse;
  for (int64_t c = width; c < columns; ++c) row[c] = 0;
}

void SoftmaxRowBackward(const float* probabilities, float* grad_row, int64_t columns, float scale) {
  float dot = 0;
  for (int64_t c = 0; c < columns; ++c) dot += probabilities[c] * grad_row[c];
  for (int64_t c = 0; c < columns; ++c) {
    grad_row[c] = probabilities[c] * (grad_row[c] - dot) * scale;
  }
}

double SumOfSquares(const float* x, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

void Add(const float* x, int64_t count, float* sum) {
  for (int64_t i = 0; i < count; ++i) sum[i] += x[i];
}

void AdamWUpdate(const AdamWStep& step, const float* gradient, int64_t count, float* parameter,
                 float* momentum, float* variance) {
  const float keep = 1.0F - step.learning_rate * step.weight_decay;
  const float rate = step.learning_rate / step.correction1;
  const float root = 1.0F / __builtin_sqrtf(step.correction2);
  for (int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] * step.gradient_scale;
    const float m = step.beta1 * momentum[i] + (1.0F - step.beta1) * g;
    const float v = step.beta2 * variance[i] + (1.0F - step.beta2) * g * g;
    momentum[i] = m;
    variance[i] = v;
    parameter[i] = parameter[i] * keep - rate * m / (__builtin_sqrtf(v) * root + step.epsilon);
  }
}

}  // namespace

extern const Table kTable;
const Table kTable = {
    RmsNormForward,     RmsNormBackward, SwiGluForward, SwiGluBackward, RotateRow, SoftmaxRow,
    SoftmaxRowBackward, SumOfSquares,    Add,           AdamWUpdate};

}  // namespace flywheel::llava::kernels::FLYWHEEL_KERNELS

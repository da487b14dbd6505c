#include "workers/llava/kernels.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace flywheel::llava::kernels {
namespace {

std::vector<float> Random(Rng* rng, size_t count, double scale = 1) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(rng->Normal() * scale);
  return values;
}

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

TEST_CASE("SwiGLU is silu of the gate times the other half, also far from zero") {
  for (const float gate : {-90.0F, -20.0F, -1.5F, -0.01F, 0.0F, 0.7F, 3.0F, 40.0F, 90.0F}) {
    const std::vector<float> in = {gate, 2.0F};
    float out = 0;
    SwiGluForward(in.data(), 1, 1, &out);
    const double expected = 2.0 * gate / (1 + std::exp(-static_cast<double>(gate)));
    CHECK(static_cast<double>(out) == Approx(expected).epsilon(1e-5).margin(1e-30));
  }
}

TEST_CASE("Softmax gives probabilities of the visible columns and zero elsewhere") {
  Rng rng(1);
  for (const int64_t width : {1, 3, 17, 40}) {
    std::vector<float> row = Random(&rng, 40, 5);
    const std::vector<float> scores = row;
    SoftmaxRow(row.data(), width, 40, 0.5F);
    double total = 0;
    for (int64_t c = 0; c < width; ++c) {
      total += std::exp(0.5 * static_cast<double>(scores[static_cast<size_t>(c)]));
    }
    for (int64_t c = 0; c < 40; ++c) {
      const auto at = static_cast<size_t>(c);
      const double expected =
          c < width ? std::exp(0.5 * static_cast<double>(scores[at])) / total : 0;
      CHECK(static_cast<double>(row[at]) == Approx(expected).epsilon(1e-4).margin(1e-9));
    }
  }
}

// The change of a sum of outputs when the inputs move a little, against what the backward pass
// says.
TEST_CASE("Backward passes agree with finite differences") {
  Rng rng(2);
  constexpr int64_t kRows = 3;
  constexpr int64_t kWidth = 10;
  constexpr float kStep = 1e-2F;
  const std::vector<float> grad_out = Random(&rng, kRows * kWidth);
  SECTION("RMSNorm") {
    const std::vector<float> x = Random(&rng, kRows * kWidth);
    const std::vector<float> weight = Random(&rng, kWidth);
    const auto loss = [&](const std::vector<float>& at, const std::vector<float>& scale) {
      std::vector<float> out(kRows * kWidth);
      std::vector<float> inverse(kRows);
      RmsNormForward(at.data(), scale.data(), kRows, kWidth, 1e-5F, out.data(), inverse.data());
      return Dot(out, grad_out);
    };
    std::vector<float> out(kRows * kWidth);
    std::vector<float> inverse(kRows);
    RmsNormForward(x.data(), weight.data(), kRows, kWidth, 1e-5F, out.data(), inverse.data());
    std::vector<float> grad_x(kRows * kWidth);
    std::vector<float> grad_weight(kWidth);
    RmsNormBackward(x.data(), weight.data(), inverse.data(), grad_out.data(), kRows, kWidth,
                    grad_x.data(), grad_weight.data());
    for (size_t i = 0; i < x.size(); ++i) {
      std::vector<float> up = x;
      std::vector<float> down = x;
      up[i] += kStep;
      down[i] -= kStep;
      const double slope = (loss(up, weight) - loss(down, weight)) / (2 * kStep);
      CHECK(static_cast<double>(grad_x[i]) == Approx(slope).margin(5e-3));
    }
    for (size_t i = 0; i < weight.size(); ++i) {
      std::vector<float> up = weight;
      up[i] += kStep;
      const double slope = (loss(x, up) - loss(x, weight)) / kStep;
      CHECK(static_cast<double>(grad_weight[i]) == Approx(slope).margin(5e-3));
    }
  }
  SECTION("SwiGLU") {
    const std::vector<float> x = Random(&rng, 2 * kRows * kWidth);
    const auto loss = [&](const std::vector<float>& at) {
      std::vector<float> out(kRows * kWidth);
      SwiGluForward(at.data(), kRows, kWidth, out.data());
      return Dot(out, grad_out);
    };
    std::vector<float> grad(x.size());
    SwiGluBackward(x.data(), grad_out.data(), kRows, kWidth, grad.data());
    for (size_t i = 0; i < x.size(); ++i) {
      std::vector<float> up = x;
      std::vector<float> down = x;
      up[i] += kStep;
      down[i] -= kStep;
      CHECK(static_cast<double>(grad[i]) ==
            Approx((loss(up) - loss(down)) / (2 * kStep)).margin(5e-3));
    }
  }
}

TEST_CASE("Rotating back undoes a rotation") {
  Rng rng(3);
  const std::vector<float> row = Random(&rng, 16);
  std::vector<float> turned = row;
  std::vector<float> cosine(4);
  std::vector<float> sine(4);
  for (size_t i = 0; i < 4; ++i) {
    cosine[i] = std::cos(static_cast<float>(i) + 0.5F);
    sine[i] = std::sin(static_cast<float>(i) + 0.5F);
  }
  RotateRow(turned.data(), 2, 8, 0, {cosine.data(), sine.data(), 1});
  CHECK(static_cast<double>(turned[0]) ==
        Approx(static_cast<double>(row[0] * cosine[0] - row[4] * sine[0])));
  CHECK(Dot(turned, turned) == Approx(Dot(row, row)));
  RotateRow(turned.data(), 2, 8, 0, {cosine.data(), sine.data(), -1});
  for (size_t i = 0; i < row.size(); ++i) {
    CHECK(static_cast<double>(turned[i]) == Approx(static_cast<double>(row[i])).margin(1e-6));
  }
}

}  // namespace
}  // namespace flywheel::llava::kernels

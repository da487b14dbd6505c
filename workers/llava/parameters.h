// Parameters of one part of a model in one contiguous buffer, each under its name of the Hugging
// Face layout. Neighbours in the buffer can be used as one matrix (queries, keys and values), and
// the optimiser and the sum over replicas are plain loops over it. Knows nothing of files.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flywheel::llava {

enum class Initial { kNormal, kZero, kOne, kGrid };

struct ParameterSpec {
  std::string name;
  std::vector<int64_t> shape;
  Initial initial = Initial::kNormal;
  double deviation = 0;  // of kNormal

  int64_t count() const;
  // Weight decay is for matrices: not for biases, norms and tables.
  bool decays() const { return shape.size() >= 2 && initial == Initial::kNormal; }
};

class ParameterBuffer {
 public:
  ParameterBuffer() = default;
  // All zero.
  explicit ParameterBuffer(std::vector<ParameterSpec> specs);

  // As the specs say; each tensor has its own random stream, derived from the seed and its name.
  void Initialise(uint64_t seed);

  const std::vector<ParameterSpec>& specs() const { return specs_; }
  const at::Tensor& flat() const { return flat_; }  // [count], float32
  float* data() const { return flat_.data_ptr<float>(); }
  int64_t count() const { return flat_.defined() ? flat_.numel() : 0; }
  int64_t offset(std::string_view name) const;
  const ParameterSpec& spec(std::string_view name) const;
  // A view of one parameter.
  at::Tensor Get(std::string_view name) const;

 private:
  std::vector<ParameterSpec> specs_;
  std::map<std::string, std::pair<size_t, int64_t>, std::less<>> places_;  // index, offset
  at::Tensor flat_;
};

// Hands out the tensors that a forward pass uses: views of a buffer, and where gradients are wanted
// leaves whose gradients land in a buffer of the same layout.
class ParameterViews {
 public:
  // Without gradients.
  explicit ParameterViews(const ParameterBuffer& buffer) : buffer_(buffer) {}
  // `gradients` [count] is added to by each backward pass.
  ParameterViews(const ParameterBuffer& buffer, at::Tensor gradients)
      : buffer_(buffer), gradients_(std::move(gradients)) {}

  at::Tensor Get(std::string_view name) const { return Join(name, 1); }
  // `count` neighbours beginning with `first`, stacked along their first dimension.
  at::Tensor Join(std::string_view first, int count) const;

 private:
  const ParameterBuffer& buffer_;
  at::Tensor gradients_;
};

}  // namespace flywheel::llava

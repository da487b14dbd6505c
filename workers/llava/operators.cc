#include "workers/llava/operators.h"

#include <torch/csrc/autograd/custom_function.h>

#include "workers/llava/kernels.h"

namespace flywheel::llava {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class RmsNormFunction : public torch::autograd::Function<RmsNormFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            double eps) {
    at::Tensor out = at::empty_like(x);                            // [N, D]
    at::Tensor inverse_rms = at::empty({x.size(0)}, x.options());  // [N]
    kernels::RmsNormForward(x.data_ptr<float>(), weight.data_ptr<float>(), x.size(0), x.size(1),
                            static_cast<float>(eps), out.data_ptr<float>(),
                            inverse_rms.data_ptr<float>());
    context->save_for_backward({x, weight, inverse_rms});
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor grad_out = grads[0].contiguous();
    at::Tensor grad_x = at::empty_like(saved[0]);
    at::Tensor grad_weight = at::zeros_like(saved[1]);
    kernels::RmsNormBackward(saved[0].data_ptr<float>(), saved[1].data_ptr<float>(),
                             saved[2].data_ptr<float>(), grad_out.data_ptr<float>(),
                             saved[0].size(0), saved[0].size(1), grad_x.data_ptr<float>(),
                             grad_weight.data_ptr<float>());
    return {grad_x, grad_weight, at::Tensor()};
  }
};

class SwiGluFunction : public torch::autograd::Function<SwiGluFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate_up) {
    const int64_t width = gate_up.size(1) / 2;
    at::Tensor out = at::empty({gate_up.size(0), width}, gate_up.options());  // [N, F]
    kernels::SwiGluForward(gate_up.data_ptr<float>(), gate_up.size(0), width,
                           out.data_ptr<float>());
    context->save_for_backward({gate_up});
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor grad_out = grads[0].contiguous();
    at::Tensor grad = at::empty_like(saved[0]);  // [N, 2F]
    kernels::SwiGluBackward(saved[0].data_ptr<float>(), grad_out.data_ptr<float>(),
                            saved[0].size(0), saved[0].size(1) / 2, grad.data_ptr<float>());
    return {grad};
  }
};

}  // namespace

at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return RmsNormFunction::apply(x, weight, eps);
}

at::Tensor SwiGlu(const at::Tensor& gate_up) { return SwiGluFunction::apply(gate_up); }

}  // namespace flywheel::llava

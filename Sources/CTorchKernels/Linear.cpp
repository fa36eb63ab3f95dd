#include <ATen/autocast_mode.h>
#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "Products.h"

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace kernels {
namespace {

enum Argument { kInput, kWeight, kBias };

/// libtorch's linear by way of oneDNN: the same maths and the same tensors kept.
struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const std::optional<at::Tensor> &bias) {
    context->save_for_backward({input, weight});
    context->saved_data["hasBias"] = bias.has_value();
    return product(input, weight, bias);
  }

  static variable_list backward(AutogradContext *context, variable_list upstream) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor gradient = upstream[0].flatten(0, -2), rows = saved[kInput].flatten(0, -2);
    variable_list result(3);
    if (context->needs_input_grad(kInput)) result[kInput] = product(upstream[0], saved[kWeight].t());
    if (context->needs_input_grad(kWeight)) {
      WeightGradient weight;
      for_each_block(rows.size(0), rows, [&](int64_t start, int64_t count) {
        weight.add(gradient.narrow(0, start, count), rows.narrow(0, start, count));
      });
      result[kWeight] = weight.sum();
    }
    if (context->saved_data["hasBias"].toBool() && context->needs_input_grad(kBias)) result[kBias] = gradient.sum(0);
    return result;
  }
};

at::Tensor linear(const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  const bool lowers = at::autocast::is_autocast_enabled(input.device().type());
  return !lowers && is_by_onednn(input, weight) ? Linear::apply(input, weight, bias) : at::linear(input, weight, bias);
}

TORCH_LIBRARY_FRAGMENT(splitmask, library) {
  library.def("linear(Tensor input, Tensor weight, Tensor? bias) -> Tensor", &linear);
}

}  // namespace
}  // namespace kernels

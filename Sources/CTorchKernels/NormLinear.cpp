#include <ATen/autocast_mode.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/native_layer_norm_backward.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "Lowering.h"
#include "Products.h"

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace kernels {
namespace {

enum Argument { kInput, kScale, kShift, kWeight, kBias };

/// linear(layer_norm(input)) that keeps `input` alone, which a residual branch keeps anyway: the backward pass normalises
/// again.
struct NormLinear : torch::autograd::Function<NormLinear> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &scale, const at::Tensor &shift,
      const at::Tensor &weight, const at::Tensor &bias, double epsilon) {
    auto [normalized, mean, deviation] =
        at::native_layer_norm(input, {input.size(-1)}, scale, shift, epsilon);
    context->save_for_backward({input, scale, shift, weight, mean, deviation});
    context->saved_data["epsilon"] = epsilon;
    return product(normalized.to(weight.scalar_type()), weight, bias);
  }

  static variable_list backward(AutogradContext *context, variable_list upstream) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &input = saved[kInput], &weight = saved[kWeight], &mean = saved[4], &deviation = saved[5];
    const at::Tensor gradient = upstream[0].flatten(0, -2);
    variable_list result(6);
    if (context->needs_input_grad(kWeight)) {
      const at::Tensor rows = input.flatten(0, -2);
      const double epsilon = context->saved_data["epsilon"].toDouble();
      WeightGradient toWeight;
      for_each_block(rows.size(0), weight, [&](int64_t start, int64_t count) {
        const at::Tensor normalized = std::get<0>(at::native_layer_norm(
            rows.narrow(0, start, count), {rows.size(1)}, saved[kScale], saved[kShift], epsilon));
        toWeight.add(gradient.narrow(0, start, count), normalized.to(weight.scalar_type()));
      });
      result[kWeight] = toWeight.sum();
    }
    if (context->needs_input_grad(kBias)) result[kBias] = gradient.sum(0);
    const std::array<bool, 3> wanted{
        context->needs_input_grad(kInput), context->needs_input_grad(kScale), context->needs_input_grad(kShift)};
    if (wanted[0] || wanted[1] || wanted[2]) {
      const at::Tensor inner = product(upstream[0], weight.t()).to(input.scalar_type());
      std::tie(result[kInput], result[kScale], result[kShift]) = at::native_layer_norm_backward(
          inner, input, {input.size(-1)}, mean, deviation, saved[kScale], saved[kShift], wanted);
    }
    return result;
  }
};

at::Tensor norm_linear(
    const at::Tensor &input, const at::Tensor &scale, const at::Tensor &shift, double epsilon, const at::Tensor &weight,
    const at::Tensor &bias) {
  // Autocast normalises in float32.
  const WithoutAutocast lowered(input.device().type());
  const at::Tensor rows = lowered.is_active() ? input.to(at::kFloat) : input;
  return NormLinear::apply(rows, scale, shift, lowered(weight), lowered(bias), epsilon);
}

TORCH_LIBRARY_FRAGMENT(splitmask, library) {
  library.def(
      "norm_linear(Tensor input, Tensor scale, Tensor shift, float epsilon, Tensor weight, Tensor bias) -> Tensor",
      &norm_linear);
}

}  // namespace
}  // namespace kernels

#include <ATen/autocast_mode.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/native_layer_norm_backward.h>
#include <torch/csrc/autograd/custom_function.h>

#include "Boundary.h"
#include "Lowering.h"
#include "Products.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

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
      result[kWeight] = weight_gradient(gradient, [&](int64_t start, int64_t count) {
        const at::Tensor normalized = std::get<0>(at::native_layer_norm(
            rows.narrow(0, start, count), {rows.size(1)}, saved[kScale], saved[kShift], epsilon));
        return normalized.to(weight.scalar_type());
      });
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

}  // namespace

CTStatus ct_norm_linear(
    CTTensor input, CTTensor scale, CTTensor shift, double epsilon, CTTensor weight, CTTensor bias, CTTensor *result) {
  return guarded([&] {
    // Autocast normalises in float32.
    const WithoutAutocast lowered(borrow(input).device().type());
    const at::Tensor rows = lowered.is_active() ? borrow(input).to(at::kFloat) : borrow(input);
    const at::Tensor matrix = lowered(borrow(weight)), offset = lowered(borrow(bias));
    *result = hand_over(NormLinear::apply(rows, borrow(scale), borrow(shift), matrix, offset, epsilon));
  });
}

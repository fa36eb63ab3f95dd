#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/native_layer_norm_backward.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <array>

#include "Lowering.h"
#include "Products.h"

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace kernels {
namespace {

enum Argument { kInput, kScale, kShift, kWeight1, kBias1, kWeight2, kBias2, kArgumentCount };

/// linear(gelu(linear(layer_norm(input)))), block of rows by block of rows.
///
/// Keeps `input` and the hidden values before the GELU; the backward pass computes the normalised rows and the GELU again. What
/// else is as wide as the hidden layer is there for one block only, and still in the caches when it is used.
struct MLP : torch::autograd::Function<MLP> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &scale, const at::Tensor &shift,
      const at::Tensor &weight1, const at::Tensor &bias1, const at::Tensor &weight2, const at::Tensor &bias2,
      double epsilon) {
    const at::Tensor rows = input.flatten(0, -2);
    variable_list kept{input, scale, shift, weight1, weight2};
    BlockRows output;
    for_each_block(rows.size(0), weight1, [&](int64_t start, int64_t count) {
      const at::Tensor block = rows.narrow(0, start, count);
      const at::Tensor normalized = std::get<0>(at::native_layer_norm(block, {block.size(1)}, scale, shift, epsilon));
      kept.push_back(product(normalized.to(weight1.scalar_type()), weight1, bias1));
      output.add(start, rows.size(0), product(at::gelu(kept.back()).to(weight2.scalar_type()), weight2, bias2));
    });
    context->save_for_backward(kept);
    context->saved_data["epsilon"] = epsilon;
    return output.shaped_as(input);
  }

  static variable_list backward(AutogradContext *context, variable_list upstream) {
    const variable_list kept = context->get_saved_variables();
    const at::Tensor &input = kept[0], &scale = kept[1], &shift = kept[2], &weight1 = kept[3], &weight2 = kept[4];
    const double epsilon = context->saved_data["epsilon"].toDouble();
    const at::Tensor rows = input.flatten(0, -2), gradient = upstream[0].flatten(0, -2);
    const auto wants = [&](Argument argument) { return context->needs_input_grad(argument); };
    const std::array<bool, 3> wanted{wants(kInput), wants(kScale), wants(kShift)};
    variable_list result(kArgumentCount + 1);
    if (wants(kBias2)) result[kBias2] = gradient.sum(0);
    WeightGradient toWeight1, toWeight2;
    BlockRows toInput;
    auto hidden = kept.begin() + 5;
    for_each_block(rows.size(0), weight1, [&](int64_t start, int64_t count) {
      const at::Tensor block = rows.narrow(0, start, count), above = gradient.narrow(0, start, count);
      if (wants(kWeight2)) toWeight2.add(above, at::gelu(*hidden).to(weight2.scalar_type()));
      at::Tensor inner = product(above, weight2.t()).to(hidden->scalar_type());
      at::gelu_backward_out(inner, inner, *hidden++);
      const auto [normalized, mean, deviation] =
          at::native_layer_norm(block, {block.size(1)}, scale, shift, epsilon);
      if (wants(kWeight1)) toWeight1.add(inner, normalized.to(weight1.scalar_type()));
      if (wants(kBias1)) accumulate(result[kBias1], inner.sum(0));
      if (!wanted[0] && !wanted[1] && !wanted[2]) return;
      auto [below, toScale, toShift] = at::native_layer_norm_backward(
          product(inner, weight1.t()).to(block.scalar_type()), block, {block.size(1)}, mean, deviation, scale, shift,
          wanted);
      if (wanted[0]) toInput.add(start, rows.size(0), below);
      if (wanted[1]) accumulate(result[kScale], toScale);
      if (wanted[2]) accumulate(result[kShift], toShift);
    });
    if (wanted[0]) result[kInput] = toInput.shaped_as(input);
    if (wants(kWeight1)) result[kWeight1] = toWeight1.sum();
    if (wants(kWeight2)) result[kWeight2] = toWeight2.sum();
    return result;
  }
};

at::Tensor mlp(
    const at::Tensor &input, const at::Tensor &scale, const at::Tensor &shift, double epsilon, const at::Tensor &weight1,
    const at::Tensor &bias1, const at::Tensor &weight2, const at::Tensor &bias2) {
  // Autocast normalises in float32.
  const WithoutAutocast lowered(input.device().type());
  const at::Tensor rows = lowered.is_active() ? input.to(at::kFloat) : input;
  return MLP::apply(
      rows, scale, shift, lowered(weight1), lowered(bias1), lowered(weight2), lowered(bias2), epsilon);
}

TORCH_LIBRARY_FRAGMENT(splitmask, library) {
  library.def(
      "mlp(Tensor input, Tensor scale, Tensor shift, float epsilon, Tensor weight1, Tensor bias1, Tensor weight2, "
      "Tensor bias2) -> Tensor",
      &mlp);
}

}  // namespace
}  // namespace kernels

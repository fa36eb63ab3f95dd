#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <torch/csrc/autograd/custom_function.h>

#include "Boundary.h"
#include "Lowering.h"
#include "Products.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

enum Argument { kHidden, kWeight, kBias };

/// linear(gelu(hidden)) that keeps `hidden` alone: the backward pass computes the GELU again.
struct GELULinear : torch::autograd::Function<GELULinear> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &bias) {
    context->save_for_backward({hidden, weight});
    return product(activated(hidden, weight), weight, bias);
  }

  /// Autocast lowers matrix products and leaves the GELU to the type of its input.
  static at::Tensor activated(const at::Tensor &hidden, const at::Tensor &weight) {
    return at::gelu(hidden).to(weight.scalar_type());
  }

  static variable_list backward(AutogradContext *context, variable_list upstream) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor hidden = saved[kHidden].flatten(0, -2);
    const at::Tensor gradient = upstream[0].flatten(0, -2);
    variable_list result(3);
    if (context->needs_input_grad(kWeight)) {
      result[kWeight] = weight_gradient(gradient, [&](int64_t start, int64_t count) {
        return activated(hidden.narrow(0, start, count), saved[kWeight]);
      });
    }
    if (context->needs_input_grad(kBias)) result[kBias] = gradient.sum(0);
    if (context->needs_input_grad(kHidden)) {
      at::Tensor inner = product(upstream[0], saved[kWeight].t()).to(hidden.scalar_type());
      at::gelu_backward_out(inner, inner, saved[kHidden]);
      result[kHidden] = inner;
    }
    return result;
  }
};

}  // namespace

CTStatus ct_gelu_linear(CTTensor hidden, CTTensor weight, CTTensor bias, CTTensor *result) {
  return guarded([&] {
    const WithoutAutocast lowered(borrow(hidden).device().type());
    const at::Tensor matrix = lowered(borrow(weight)), offset = lowered(borrow(bias));
    *result = hand_over(GELULinear::apply(borrow(hidden), matrix, offset));
  });
}

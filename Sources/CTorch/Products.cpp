#include "Products.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/custom_function.h>

#include <atomic>

#include "Boundary.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// Below so many multiplications a product is over before oneDNN has found its kernel.
constexpr int64_t kSmallest = 1 << 18;

std::atomic<bool> uses_onednn{true};

using PointwiseLinear = at::Tensor(
    const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &, std::string_view,
    c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>);

/// libtorch's door to oneDNN's inner product; there on x86 only.
const std::optional<c10::OperatorHandle> &onednn_linear() {
  static const std::optional<c10::OperatorHandle> handle =
      at::globalContext().hasMKLDNN()
          ? c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""})
          : std::nullopt;
  return handle;
}

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
      result[kWeight] =
          weight_gradient(gradient, [&](int64_t start, int64_t count) { return rows.narrow(0, start, count); });
    }
    if (context->saved_data["hasBias"].toBool() && context->needs_input_grad(kBias)) result[kBias] = gradient.sum(0);
    return result;
  }
};

}  // namespace

bool ctorch::is_by_onednn(const at::Tensor &rows, const at::Tensor &weight) {
  return uses_onednn && rows.is_cpu() && rows.dim() >= 2 && rows.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat &&
      rows.numel() * weight.size(0) >= kSmallest && onednn_linear().has_value();
}

at::Tensor ctorch::product(
    const at::Tensor &rows, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  if (!is_by_onednn(rows, weight)) return at::linear(rows, weight, bias);
  static const auto call = onednn_linear()->typed<PointwiseLinear>();
  return call.call(rows, weight, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

bool ct_uses_onednn(void) { return uses_onednn && onednn_linear().has_value(); }

void ct_set_uses_onednn(bool uses) { uses_onednn = uses; }

CTStatus ct_linear(CTTensor input, CTTensor weight, CTTensor bias, CTTensor *result) {
  return guarded([&] {
    const at::Tensor rows = borrow(input), matrix = borrow(weight);
    const std::optional<at::Tensor> offset = bias ? std::optional(borrow(bias)) : std::nullopt;
    const bool lowers = at::autocast::is_autocast_enabled(rows.device().type());
    *result = hand_over(
        !lowers && is_by_onednn(rows, matrix) ? Linear::apply(rows, matrix, offset) : at::linear(rows, matrix, offset));
  });
}

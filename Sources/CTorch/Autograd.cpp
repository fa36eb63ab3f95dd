#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "Boundary.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// Hides a list of tensors from libtorch's search for differentiable arguments.
struct Known {
  variable_list gradients;
};

/// The identity on a scalar, standing for a function of up to three inputs whose gradients are known beforehand.
struct WithGradients : torch::autograd::Function<WithGradients> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &value, const Known &known, const at::Tensor &, const at::Tensor &,
      const at::Tensor &) {
    context->save_for_backward(known.gradients);
    return value.clone();
  }

  static variable_list backward(AutogradContext *context, variable_list upstream) {
    variable_list result(2);
    for (at::Tensor &gradient : context->get_saved_variables()) {
      result.push_back(gradient.defined() ? gradient.mul_(upstream[0]) : gradient);
    }
    result.resize(5);
    return result;
  }
};

variable_list tensors(const CTTensor *handles, int64_t count) {
  variable_list result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) result.push_back(handles[i] ? borrow(handles[i]) : at::Tensor());
  return result;
}

}  // namespace

CTStatus ct_set_requires_gradient(CTTensor tensor, bool required) {
  return guarded([&] { borrow(tensor).set_requires_grad(required); });
}

CTTensor ct_gradient(CTTensor tensor) {
  const at::Tensor gradient = borrow(tensor).grad();
  return gradient.defined() ? hand_over(gradient) : nullptr;
}

CTStatus ct_set_gradient(CTTensor tensor, CTTensor gradient) {
  return guarded([&] { borrow(tensor).mutable_grad() = gradient ? borrow(gradient) : at::Tensor(); });
}

CTStatus ct_backward(CTTensor loss) {
  return guarded([&] { torch::autograd::backward({borrow(loss)}, {}); });
}

CTStatus ct_with_gradients(
    CTTensor value, const CTTensor *inputs, const CTTensor *gradients, int64_t count, CTTensor *result) {
  return guarded([&] {
    TORCH_CHECK(count <= 3, "at most three inputs");
    variable_list arguments = tensors(inputs, count);
    // libtorch asks every argument for its device, so a missing one must be a tensor, if one without a gradient.
    arguments.resize(3, borrow(value).detach());
    *result = hand_over(WithGradients::apply(
        borrow(value), Known{tensors(gradients, count)}, arguments[0], arguments[1], arguments[2]));
  });
}

bool ct_gradient_enabled(void) { return at::GradMode::is_enabled(); }

void ct_set_gradient_enabled(bool enabled) { at::GradMode::set_enabled(enabled); }

bool ct_autocast_enabled(int32_t deviceType) {
  return at::autocast::is_autocast_enabled(static_cast<c10::DeviceType>(deviceType));
}

int32_t ct_autocast_dtype(int32_t deviceType) {
  return static_cast<int32_t>(at::autocast::get_autocast_dtype(static_cast<c10::DeviceType>(deviceType)));
}

CTStatus ct_set_autocast(int32_t deviceType, bool enabled, int32_t dtype) {
  return guarded([&] {
    const auto type = static_cast<c10::DeviceType>(deviceType);
    at::autocast::set_autocast_dtype(type, static_cast<c10::ScalarType>(dtype));
    at::autocast::set_autocast_enabled(type, enabled);
  });
}

void ct_clear_autocast_cache(void) { at::autocast::clear_cache(); }

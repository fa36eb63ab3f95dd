#include "Products.h"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/linear.h>

#include <atomic>

#include "CTorchKernels.h"

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

}  // namespace

bool kernels::is_by_onednn(const at::Tensor &rows, const at::Tensor &weight) {
  const bool are_float = rows.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
  return uses_onednn && are_float && rows.is_cpu() && rows.dim() >= 2 &&
      rows.numel() * weight.size(0) >= kSmallest && onednn_linear().has_value();
}

at::Tensor kernels::product(
    const at::Tensor &rows, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  if (!is_by_onednn(rows, weight)) return at::linear(rows, weight, bias);
  static const auto call = onednn_linear()->typed<PointwiseLinear>();
  return call.call(rows, weight, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

bool ctk_uses_onednn(void) { return uses_onednn && onednn_linear().has_value(); }

void ctk_set_uses_onednn(bool uses) { uses_onednn = uses; }

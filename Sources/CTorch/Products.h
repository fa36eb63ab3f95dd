// Matrix products on the CPU by whichever of libtorch's two libraries is the faster.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <optional>

namespace ctorch {

/// rows · weightᵀ + bias, of `[…, K]` and `[N, K]` in any strides, without a history.
at::Tensor product(
    const at::Tensor &rows, const at::Tensor &weight, const std::optional<at::Tensor> &bias = std::nullopt);

/// The gradient of a linear map's weight, gradientᵀ · rows, of `[M, N]` and what `rows(start, count)` makes of the map's input,
/// `[count, K]`. On a CPU block by block, so that what is made, and what a product lays out anew, is never there as a whole;
/// a GPU would rather have few large products, and sums of less than float32 would round.
template <typename Rows>
at::Tensor weight_gradient(const at::Tensor &gradient, const Rows &rows) {
  const bool in_blocks = gradient.is_cpu() && gradient.scalar_type() == at::kFloat;
  const int64_t total = gradient.size(0), block = in_blocks ? 2048 : total;
  at::Tensor sum;
  int64_t start = 0;
  do {
    const int64_t count = std::min(block, total - start);
    at::Tensor part = product(gradient.narrow(0, start, count).t(), rows(start, count).t());
    sum = sum.defined() ? sum.add_(part) : std::move(part);
    start += count;
  } while (start < total);
  return sum;
}

/// Whether `product` is by oneDNN for such tensors, as opposed to what libtorch's own linear does.
bool is_by_onednn(const at::Tensor &rows, const at::Tensor &weight);

}  // namespace ctorch

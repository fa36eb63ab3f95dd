// Matrix products on the CPU by whichever of libtorch's two libraries is the faster.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace ctorch {

/// rows · weightᵀ + bias, of `[M, K]` and `[N, K]` in any strides, without a history.
at::Tensor product(
    const at::Tensor &rows, const at::Tensor &weight, const std::optional<at::Tensor> &bias = std::nullopt);

/// Whether `product` is by oneDNN for such tensors, as opposed to what libtorch's own linear does.
bool is_by_onednn(const at::Tensor &rows, const at::Tensor &weight);

}  // namespace ctorch

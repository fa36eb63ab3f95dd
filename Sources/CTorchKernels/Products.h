// Matrix products on the CPU by whichever of libtorch's two libraries is the faster.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace kernels {

/// rows · weightᵀ + bias, of `[…, K]` and `[N, K]` in any strides, without a history.
at::Tensor product(
    const at::Tensor &rows, const at::Tensor &weight, const std::optional<at::Tensor> &bias = std::nullopt);

/// Whether `product` is by oneDNN for such tensors, as opposed to what libtorch's own linear does.
bool is_by_onednn(const at::Tensor &rows, const at::Tensor &weight);

/// Calls `body(start, count)` for all of `total` rows that meet `factor` in products: on a CPU in blocks, so that what is made of
/// a block's rows is used while it is in the caches, and is never there as a whole. A GPU would rather have few large products,
/// and sums over blocks in less than float32 would round.
template <typename Body>
void for_each_block(int64_t total, const at::Tensor &factor, const Body &body) {
  const bool in_blocks = factor.is_cpu() && factor.scalar_type() == at::kFloat;
  const int64_t block = in_blocks ? 2048 : total;
  int64_t start = 0;
  do {
    const int64_t count = std::min(block, total - start);
    body(start, count);
    start += count;
  } while (start < total);
}

/// Adds what a block gives to what those before it gave.
inline void accumulate(at::Tensor &sum, at::Tensor part) { sum = sum.defined() ? sum.add_(part) : std::move(part); }

/// Rows that are made block by block.
class BlockRows {
 public:
  /// Takes over a block that is all of `total` rows.
  void add(int64_t start, int64_t total, const at::Tensor &block) {
    if (block.size(0) == total) {
      rows_ = block;
      return;
    }
    if (!rows_.defined()) rows_ = block.new_empty({total, block.size(1)});
    rows_.narrow(0, start, block.size(0)).copy_(block);
  }

  /// As a tensor of the sizes of `like` but for the last.
  at::Tensor shaped_as(const at::Tensor &like) const {
    std::vector<int64_t> sizes = like.sizes().vec();
    sizes.back() = rows_.size(1);
    return rows_.view(sizes);
  }

 private:
  at::Tensor rows_;
};

/// The gradient of a linear map's weight, gradientᵀ · rows, as a sum over blocks.
class WeightGradient {
 public:
  /// - gradient: of the map's output, `[M, N]`.
  /// - rows: its input, `[M, K]`.
  void add(const at::Tensor &gradient, const at::Tensor &rows) {
    // oneDNN lays out anew what stands left and is transposed; the narrower of the two costs less.
    if (!sum_.defined()) turned_ = is_by_onednn(gradient.t(), rows.t()) && gradient.size(1) > rows.size(1);
    accumulate(sum_, turned_ ? product(rows.t(), gradient.t()) : product(gradient.t(), rows.t()));
  }

  /// `[N, K]`.
  at::Tensor sum() const { return turned_ ? sum_.t().contiguous() : sum_; }

 private:
  at::Tensor sum_;
  bool turned_ = false;
};

}  // namespace kernels

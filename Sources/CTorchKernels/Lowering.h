// Autocast for functions of our own, which are several of libtorch's operators in one.
#pragma once

#include <ATen/autocast_mode.h>

namespace kernels {

/// Keeps autocast out while it lives, and lowers tensors as autocast would have.
class WithoutAutocast {
 public:
  explicit WithoutAutocast(c10::DeviceType device)
      : device_(device),
        active_(at::autocast::is_autocast_enabled(device)),
        guard_(at::autocast::get_autocast_dispatch_key_from_device_type(device)) {}

  bool is_active() const { return active_; }

  /// What autocast would hand to a matrix product.
  at::Tensor operator()(const at::Tensor &tensor) const {
    if (!active_) return tensor;
    return at::autocast::cached_cast(at::autocast::get_autocast_dtype(device_), tensor, device_);
  }

 private:
  c10::DeviceType device_;
  bool active_;
  c10::impl::ExcludeDispatchKeyGuard guard_;
};

}  // namespace kernels

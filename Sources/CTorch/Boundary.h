// The one place where C++ exceptions become error values, and handles become tensors.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <exception>
#include <string>

#include "CTorch.h"

namespace ctorch {

/// Remembers a failure for ct_last_error.
void set_last_error(std::string message);

/// Runs `body`; whatever it throws ends here.
template <typename Body>
CTStatus guarded(Body &&body) noexcept {
  try {
    body();
    return CT_OK;
  } catch (const c10::OutOfMemoryError &error) {
    set_last_error(error.what_without_backtrace());
    return CT_OUT_OF_MEMORY;
  } catch (const c10::Error &error) {
    const std::string message = error.what_without_backtrace();
    set_last_error(message);
    // libtorch's CPU allocators report exhaustion as a plain error, with words that depend on the system.
    const bool exhausted = message.find("not enough memory") != std::string::npos ||
                           message.find("can't allocate memory") != std::string::npos;
    return exhausted ? CT_OUT_OF_MEMORY : CT_FAILED;
  } catch (const std::bad_alloc &) {
    set_last_error("out of memory");
    return CT_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    set_last_error(error.what());
  } catch (...) {
    set_last_error("unknown C++ exception");
  }
  return CT_FAILED;
}

/// Another reference to the tensor behind a handle.
inline at::Tensor borrow(CTTensor handle) {
  return at::Tensor(
      c10::intrusive_ptr<at::TensorImpl>::reclaim_copy(reinterpret_cast<at::TensorImpl *>(handle)));
}

/// The tensor as a handle that owns one reference.
inline CTTensor hand_over(at::Tensor tensor) {
  return reinterpret_cast<CTTensor>(tensor.unsafeReleaseTensorImpl());
}

inline at::TensorImpl *implementation(CTTensor handle) { return reinterpret_cast<at::TensorImpl *>(handle); }

}  // namespace ctorch

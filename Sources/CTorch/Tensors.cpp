#include <ATen/ops/from_blob.h>

#include <utility>

#include "Boundary.h"

using namespace ctorch;

namespace {
thread_local std::string last_error;
}

void ctorch::set_last_error(std::string message) { last_error = std::move(message); }

const char *ct_last_error(void) { return last_error.c_str(); }

void ct_tensor_release(CTTensor tensor) {
  c10::intrusive_ptr<at::TensorImpl>::reclaim(implementation(tensor));
}

CTTensor ct_tensor_retain(CTTensor tensor) { return hand_over(borrow(tensor)); }

int64_t ct_tensor_rank(CTTensor tensor) { return implementation(tensor)->dim(); }

void ct_tensor_sizes(CTTensor tensor, int64_t *sizes) {
  const auto source = implementation(tensor)->sizes();
  std::copy(source.begin(), source.end(), sizes);
}

int64_t ct_tensor_element_count(CTTensor tensor) { return implementation(tensor)->numel(); }

int32_t ct_tensor_dtype(CTTensor tensor) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(tensor)->dtype()));
}

void ct_tensor_device(CTTensor tensor, int32_t *type, int32_t *index) {
  const c10::Device device = implementation(tensor)->device();
  *type = static_cast<int32_t>(device.type());
  *index = device.index();
}

bool ct_tensor_is_contiguous(CTTensor tensor) { return implementation(tensor)->is_contiguous(); }

bool ct_tensor_requires_gradient(CTTensor tensor) { return implementation(tensor)->requires_grad(); }

void *ct_tensor_data(CTTensor tensor) { return implementation(tensor)->mutable_data(); }

CTStatus ct_tensor_from_memory(
    void *data, const int64_t *sizes, int64_t rank, int32_t dtype, void (*release)(void *), void *context,
    CTTensor *result) {
  return guarded([&] {
    const auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
    auto deleter = [release, context](void *) { release(context); };
    *result = hand_over(at::from_blob(data, c10::IntArrayRef(sizes, rank), deleter, options));
  });
}

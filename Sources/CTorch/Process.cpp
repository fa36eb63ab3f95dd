#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/detail/MPSHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include "Boundary.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace ctorch;

namespace {

/// The index of a GPU; -1 stands for the current one.
c10::DeviceIndex device_index(c10::DeviceType type, int32_t index) {
  return index >= 0 ? static_cast<c10::DeviceIndex>(index) : c10::impl::VirtualGuardImpl(type).getDevice().index();
}

/// Free bytes of a GPU where this libtorch tells them; 0 where it is too old to.
template <typename Allocator>
int64_t free_bytes(Allocator *allocator, c10::DeviceIndex index) {
  if constexpr (requires { allocator->getMemoryInfo(index); }) {
    return static_cast<int64_t>(allocator->getMemoryInfo(index).first);
  } else {
    return 0;
  }
}

}  // namespace

const char *ct_version(void) { return TORCH_VERSION; }

int32_t ct_cuda_device_count(void) {
  return at::hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount()) : 0;
}

bool ct_mps_available(void) { return at::hasMPS(); }

CTStatus ct_synchronize(int32_t deviceType, int32_t deviceIndex) {
  return guarded([&] {
    const auto type = static_cast<c10::DeviceType>(deviceType);
    if (type == c10::DeviceType::CPU) return;
    c10::impl::VirtualGuardImpl(type).synchronizeDevice(device_index(type, deviceIndex));
  });
}

CTStatus ct_device_peak_memory(int32_t deviceType, int32_t deviceIndex, int64_t *bytes) {
  return guarded([&] {
    *bytes = 0;
    const auto type = static_cast<c10::DeviceType>(deviceType);
    if (type == c10::DeviceType::CPU) return;
    const auto total = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    *bytes = at::getDeviceAllocator(type)->getDeviceStats(device_index(type, deviceIndex)).allocated_bytes[total].peak;
  });
}

CTStatus ct_device_free_memory(int32_t deviceType, int32_t deviceIndex, int64_t *bytes) {
  return guarded([&] {
    const auto type = static_cast<c10::DeviceType>(deviceType);
    // Other allocators are not asked: theirs may have no answer.
    *bytes = type == c10::DeviceType::CUDA
                 ? free_bytes(at::getDeviceAllocator(type), device_index(type, deviceIndex))
                 : 0;
  });
}

int32_t ct_thread_count(void) { return at::get_num_threads(); }

void ct_set_thread_count(int32_t count) {
  // A thread that asks for its count for the first time is given the one that any thread was given last.
  at::get_num_threads();
  at::set_num_threads(count);
}

void ct_keep_freed_memory(void) {
#ifdef __GLIBC__
  // By default glibc maps every large block afresh and returns it to the system when it is freed, so that a training
  // step faults in all its memory again, page by page (10-20 % of a CPU step). Blocks from the heap, never trimmed,
  // stay with the process.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#ifdef SPLITMASK_NCCL
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <c10/util/Flags.h>

#include "Boundary.h"
#include "ThreadGroup.h"

C10_DECLARE_int(caffe2_log_level);

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Milliseconds = std::chrono::milliseconds;

struct CTStoreReference {
  c10::intrusive_ptr<c10d::Store> store;
};

struct CTProcessGroupReference {
  /// Null once the group was left.
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::unique_ptr<c10d::Reducer> reducer;
};

namespace {

c10d::ProcessGroup &group_of(CTProcessGroup processes) {
  TORCH_CHECK(processes->group, "the process group was left");
  return *processes->group;
}

/// Whatever goes wrong is thrown as well; c10d would also print it, with its stack.
void be_quiet() { FLAGS_caffe2_log_level = c10::GLOG_FATAL; }

c10::intrusive_ptr<c10d::Store> store_for(const CTRendezvous &meeting) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(meeting.port);
  options.isServer = meeting.servesStore;
  options.waitWorkers = false;
  options.timeout = Milliseconds(meeting.joinMilliseconds);
  return c10::make_intrusive<c10d::PrefixStore>(
      meeting.prefix, c10::make_intrusive<c10d::TCPStore>(meeting.host, options));
}

void add_gloo(
    c10d::ProcessGroup &group, const c10::intrusive_ptr<c10d::Store> &store, const CTRendezvous &meeting,
    c10::DeviceType device) {
  auto options = c10d::ProcessGroupGloo::Options::create(Milliseconds(meeting.timeoutMilliseconds));
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(meeting.address));
  options->threads = 2;
  const auto prefixed = c10::make_intrusive<c10d::PrefixStore>(c10::DeviceTypeName(device, true), store);
  group.setBackend(
      device, c10d::ProcessGroup::BackendType::GLOO,
      c10::make_intrusive<c10d::ProcessGroupGloo>(prefixed, meeting.rank, meeting.size, options));
}

void add_nccl(c10d::ProcessGroup &group, const c10::intrusive_ptr<c10d::Store> &store, const CTRendezvous &meeting) {
#ifdef SPLITMASK_NCCL
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = Milliseconds(meeting.timeoutMilliseconds);
  const auto prefixed = c10::make_intrusive<c10d::PrefixStore>("nccl", store);
  group.setBackend(
      c10::DeviceType::CUDA, c10d::ProcessGroup::BackendType::NCCL,
      c10::make_intrusive<c10d::ProcessGroupNCCL>(prefixed, meeting.rank, meeting.size, options));
#else
  TORCH_CHECK(false, "this program was built without NCCL");
#endif
}

void sum_in_place(c10d::ProcessGroup &group, at::Tensor tensor) {
  std::vector<at::Tensor> tensors{std::move(tensor)};
  group.allreduce(tensors)->wait();
}

/// The rows of all processes, in their order.
at::Tensor gather(c10d::ProcessGroup &group, const at::Tensor &tensor) {
  std::vector<int64_t> sizes = tensor.sizes().vec();
  sizes.insert(sizes.begin(), group.getSize());
  at::Tensor all = at::empty(sizes, tensor.options());
  std::vector<std::vector<at::Tensor>> outputs{all.unbind(0)};
  std::vector<at::Tensor> inputs{tensor.contiguous()};
  group.allgather(outputs, inputs)->wait();
  return all.flatten(0, 1);
}

/// Gathers rows; each process's gradient is the sum of what all of them have for its rows.
struct GatherRows : torch::autograd::Function<GatherRows> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &rows, int64_t processes) {
    context->saved_data["processes"] = processes;
    return gather(group_of(reinterpret_cast<CTProcessGroup>(processes)), rows);
  }

  static variable_list backward(AutogradContext *context, variable_list upstream) {
    auto &group = group_of(reinterpret_cast<CTProcessGroup>(context->saved_data["processes"].toInt()));
    const at::Tensor all = upstream[0].contiguous().clone();
    sum_in_place(group, all);
    const int64_t count = all.size(0) / group.getSize();
    return {all.narrow(0, group.getRank() * count, count), at::Tensor()};
  }
};

/// Sums over processes; so does the gradient.
struct Sum : torch::autograd::Function<Sum> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &tensor, int64_t processes) {
    context->saved_data["processes"] = processes;
    const at::Tensor sum = tensor.contiguous().clone();
    sum_in_place(group_of(reinterpret_cast<CTProcessGroup>(processes)), sum);
    return sum;
  }

  static variable_list backward(AutogradContext *context, variable_list upstream) {
    const at::Tensor sum = upstream[0].contiguous().clone();
    sum_in_place(group_of(reinterpret_cast<CTProcessGroup>(context->saved_data["processes"].toInt())), sum);
    return {sum, at::Tensor()};
  }
};

/// Its list of arguments is longer in newer versions of libtorch.
template <typename Reducer>
std::unique_ptr<Reducer> make_reducer(
    std::vector<at::Tensor> parameters, std::vector<std::vector<size_t>> buckets,
    c10::intrusive_ptr<c10d::ProcessGroup> group, int64_t bucketBytes, int64_t firstBucketBytes) {
  const std::vector<bool> sparse(parameters.size(), false);
  const std::unordered_map<size_t, std::string> names;
  using Buckets = std::vector<std::vector<size_t>>;
  using Group = c10::intrusive_ptr<c10d::ProcessGroup>;
  using Names = std::unordered_map<size_t, std::string>;
  if constexpr (std::is_constructible_v<
                    Reducer, std::vector<at::Tensor>, Buckets, Group, std::vector<bool>, int64_t, bool, bool, Names,
                    int64_t, bool, bool, std::vector<int64_t>>) {
    return std::make_unique<Reducer>(
        std::move(parameters), std::move(buckets), std::move(group), sparse, bucketBytes, true, true, names,
        firstBucketBytes, false, false, std::vector<int64_t>());
  } else {
    return std::make_unique<Reducer>(
        std::move(parameters), std::move(buckets), std::move(group), sparse, bucketBytes, true, true, names,
        firstBucketBytes, false, false);
  }
}

}  // namespace

bool ct_has_nccl(void) {
#ifdef SPLITMASK_NCCL
  return true;
#else
  return false;
#endif
}

CTStatus ct_store_open(const CTRendezvous *meeting, CTStore *result) {
  return guarded([&] {
    be_quiet();
    *result = new CTStoreReference{store_for(*meeting)};
  });
}

CTStatus ct_store_clone(CTStore store, CTStore *result) {
  return guarded([&] { *result = new CTStoreReference{store->store->clone()}; });
}

void ct_store_release(CTStore store) {
  guarded([&] { delete store; });
}

CTStatus ct_store_add(CTStore store, const char *key, int64_t amount, int64_t *sum) {
  return guarded([&] { *sum = store->store->add(key, amount); });
}

CTStatus ct_processes_connect(CTStore store, const CTRendezvous *meeting, CTProcessGroup *result) {
  return guarded([&] {
    auto group = c10::make_intrusive<c10d::ProcessGroup>(store->store, meeting->rank, meeting->size);
    add_gloo(*group, store->store, *meeting, c10::DeviceType::CPU);
    group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
    if (meeting->usesNCCL) {
      add_nccl(*group, store->store, *meeting);
    } else if (at::hasCUDA()) {
      add_gloo(*group, store->store, *meeting, c10::DeviceType::CUDA);
    }
    *result = new CTProcessGroupReference{std::move(group), nullptr};
  });
}

CTStatus ct_processes_of_threads(int32_t size, CTProcessGroup *results) {
  return guarded([&] {
    be_quiet();
    const auto meeting = std::make_shared<MeetingPoint>(size);
    for (int rank = 0; rank < size; ++rank) {
      auto group = c10::make_intrusive<c10d::ProcessGroup>(rank, size);
      group->setBackend(
          c10::DeviceType::CPU, c10d::ProcessGroup::BackendType::CUSTOM,
          c10::make_intrusive<ThreadBackend>(rank, meeting));
      group->setDefaultBackend(c10d::ProcessGroup::BackendType::CUSTOM);
      results[rank] = new CTProcessGroupReference{std::move(group), nullptr};
    }
  });
}

void ct_processes_leave(CTProcessGroup processes) {
  guarded([&] {
    processes->reducer.reset();
    processes->group.reset();
  });
}

void ct_processes_release(CTProcessGroup processes) {
  ct_processes_leave(processes);
  guarded([&] { delete processes; });
}

CTStatus ct_processes_sum(CTProcessGroup processes, CTTensor tensor) {
  return guarded([&] { sum_in_place(group_of(processes), borrow(tensor)); });
}

CTStatus ct_processes_broadcast(CTProcessGroup processes, CTTensor tensor) {
  return guarded([&] {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    group_of(processes).broadcast(tensors)->wait();
  });
}

CTStatus ct_processes_gather(CTProcessGroup processes, CTTensor rows, CTTensor *result) {
  return guarded([&] {
    *result = hand_over(GatherRows::apply(borrow(rows), reinterpret_cast<int64_t>(processes)));
  });
}

CTStatus ct_processes_differentiable_sum(CTProcessGroup processes, CTTensor tensor, CTTensor *result) {
  return guarded([&] { *result = hand_over(Sum::apply(borrow(tensor), reinterpret_cast<int64_t>(processes))); });
}

CTStatus ct_processes_reduce_gradients(CTProcessGroup processes, const CTTensor *parameters, int64_t count) {
  return guarded([&] {
    std::vector<at::Tensor> tensors;
    for (int64_t i = 0; i < count; ++i) tensors.push_back(borrow(parameters[i]));
    const size_t first = c10d::kDefaultFirstBucketBytes, cap = c10d::kDefaultBucketBytesCap;
    auto buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(tensors, {first, cap}));
    // The last layers' gradients are there first.
    std::reverse(buckets.begin(), buckets.end());
    group_of(processes);
    processes->reducer = make_reducer<c10d::Reducer>(
        std::move(tensors), std::move(buckets), processes->group, static_cast<int64_t>(cap),
        static_cast<int64_t>(first));
  });
}

CTStatus ct_processes_backward(CTProcessGroup processes, CTTensor loss, bool reducing) {
  return guarded([&] {
    if (reducing) {
      group_of(processes);
      TORCH_CHECK(processes->reducer, "no parameters were named");
      processes->reducer->prepare_for_backward({borrow(loss)});
    }
    torch::autograd::backward({borrow(loss)}, {});
  });
}

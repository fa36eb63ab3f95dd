#include "ThreadGroup.h"

#include <ATen/ATen.h>

namespace ctorch {

namespace {

/// Work that is done when it is handed out.
class Done : public c10d::Work {
 public:
  explicit Done(std::vector<at::Tensor> tensors) : tensors_(std::move(tensors)) {}

  bool wait(std::chrono::milliseconds) override { return true; }

  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override {
    auto future = c10::make_intrusive<c10::ivalue::Future>(c10::ListType::create(c10::TensorType::get()));
    future->markCompleted(c10::IValue(tensors_));
    return future;
  }

 private:
  std::vector<at::Tensor> tensors_;
};

/// A rank's share of the elements of a tensor.
at::Tensor share(const at::Tensor &tensor, int rank, int size) {
  const int64_t count = tensor.numel();
  return tensor.view(-1).slice(0, count * rank / size, count * (rank + 1) / size);
}

/// Sums one share over all tensors, and gives every tensor the sum.
void sum_share(const std::vector<at::Tensor> &tensors, int rank) {
  const int size = static_cast<int>(tensors.size());
  at::Tensor total = share(tensors[0], rank, size).clone();
  if (total.numel() == 0) return;
  for (int other = 1; other < size; ++other) total.add_(share(tensors[other], rank, size));
  for (const auto &tensor : tensors) share(tensor, rank, size).copy_(total);
}

}  // namespace

void MeetingPoint::await_all() {
  std::unique_lock lock(mutex_);
  TORCH_CHECK(!left_, "another thread of the group has ended");
  const int64_t round = round_;
  if (++waiting_ == size()) {
    waiting_ = 0;
    ++round_;
    everybody_came_.notify_all();
    return;
  }
  // Waiting costs no processor time, so that a thread that has lost its core to another program gets one.
  everybody_came_.wait(lock, [&] { return round_ != round || left_; });
  TORCH_CHECK(round_ != round, "another thread of the group has ended");
}

void MeetingPoint::leave() {
  std::lock_guard lock(mutex_);
  left_ = true;
  everybody_came_.notify_all();
}

c10::intrusive_ptr<c10d::Work> ThreadBackend::allreduce(
    std::vector<at::Tensor> &tensors, const c10d::AllreduceOptions &options) {
  TORCH_CHECK(options.reduceOp == c10d::ReduceOp::SUM, "threads can only sum");
  for (const auto &tensor : tensors) {
    at::Tensor whole = tensor.contiguous();
    meeting_->exchange(getRank(), whole, [&](const auto &all) { sum_share(all, getRank()); });
    if (!whole.is_same(tensor)) tensor.copy_(whole);
  }
  return c10::make_intrusive<Done>(tensors);
}

c10::intrusive_ptr<c10d::Work> ThreadBackend::broadcast(
    std::vector<at::Tensor> &tensors, const c10d::BroadcastOptions &options) {
  for (const auto &tensor : tensors) {
    meeting_->exchange(getRank(), tensor, [&](const auto &all) {
      if (getRank() != options.rootRank) tensor.copy_(all[options.rootRank]);
    });
  }
  return c10::make_intrusive<Done>(tensors);
}

c10::intrusive_ptr<c10d::Work> ThreadBackend::allgather(
    std::vector<std::vector<at::Tensor>> &outputs, std::vector<at::Tensor> &inputs, const c10d::AllgatherOptions &) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    meeting_->exchange(getRank(), inputs[i], [&](const auto &all) {
      for (size_t rank = 0; rank < all.size(); ++rank) outputs[i][rank].copy_(all[rank]);
    });
  }
  return c10::make_intrusive<Done>(inputs);
}

}  // namespace ctorch

#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <condition_variable>
#include <mutex>
#include <vector>

namespace ctorch {

/// Where the threads of a group hand each other their tensors.
class MeetingPoint {
 public:
  explicit MeetingPoint(int size) : tensors_(size) {}

  int size() const { return static_cast<int>(tensors_.size()); }

  /// Shows a tensor to all threads, and calls `body` with everybody's once all are here. Returns when all have done so.
  ///
  /// Throws when a thread has left.
  template <typename Body>
  void exchange(int rank, const at::Tensor &tensor, Body body) {
    tensors_[rank] = tensor;
    await_all();
    body(tensors_);
    await_all();
    tensors_[rank].reset();
  }

  /// Ends the waiting of all others, now and from now on.
  void leave();

 private:
  void await_all();

  std::mutex mutex_;
  std::condition_variable everybody_came_;
  int waiting_ = 0;
  int64_t round_ = 0;
  bool left_ = false;
  std::vector<at::Tensor> tensors_;
};

/// c10d's collectives between the threads of one process, through its memory.
///
/// Sums are in the order of the ranks, so that their bits do not depend on who comes first.
class ThreadBackend : public c10d::Backend {
 public:
  ThreadBackend(int rank, std::shared_ptr<MeetingPoint> meeting)
      : Backend(rank, meeting->size()), meeting_(std::move(meeting)) {}

  ~ThreadBackend() override { meeting_->leave(); }

  const std::string getBackendName() const override { return "threads"; }

  c10::intrusive_ptr<c10d::Work> allreduce(
      std::vector<at::Tensor> &tensors, const c10d::AllreduceOptions &options) override;
  c10::intrusive_ptr<c10d::Work> broadcast(
      std::vector<at::Tensor> &tensors, const c10d::BroadcastOptions &options) override;
  c10::intrusive_ptr<c10d::Work> allgather(
      std::vector<std::vector<at::Tensor>> &outputs, std::vector<at::Tensor> &inputs,
      const c10d::AllgatherOptions &options) override;

 private:
  std::shared_ptr<MeetingPoint> meeting_;
};

}  // namespace ctorch

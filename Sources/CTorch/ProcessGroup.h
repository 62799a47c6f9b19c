// Processes that compute together, over LibTorch's c10d.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

// Where processes find each other: a server at `host` and `port`, or a file where `path` is not empty.
struct ProcessStore {
  std::string host;
  uint16_t port = 0;
  bool is_server = false;
  std::string path;

  std::string description() const;
};

// A sum over processes that is still computed.
struct PendingSum;

// Two sets of connections: gradients are summed by one while the other serves what a backward pass waits for. In each
// of them the order of collectives is that of the calls, which must be the same in all processes.
//
// Tensors go by Gloo through the host's memory, and by NCCL from GPU to GPU once that is connected.
//
// After the first failure every further call fails at once, with the same message.
class ProcessGroup {
 public:
  using Clock = std::chrono::steady_clock;

  ProcessGroup(
      ProcessStore store, const std::string &prefix, int rank, int size,
      std::chrono::milliseconds timeout);
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup &) = delete;
  ProcessGroup &operator=(const ProcessGroup &) = delete;

  const int rank, size;

  // From now on tensors of this CUDA device go by NCCL. Each process calls it at the same place, with a GPU of its own.
  void connect_nccl(c10::DeviceIndex device);

  // Sums a contiguous tensor in place, by Gloo in an order that is the same in every run.
  void sum(at::Tensor flat, const std::string &name);
  // The same by the other connections, while the caller goes on. The tensor is not to be touched until `finish`.
  std::shared_ptr<PendingSum> start_sum(at::Tensor flat, const std::string &name);
  void finish(PendingSum &pending);
  // A contiguous tensor of each process, in order of rank: [size, …], on the CPU.
  at::Tensor gather(const at::Tensor &values, const std::string &name);
  // Overwrites a contiguous tensor with that of the process `source`.
  void broadcast(at::Tensor flat, int source, const std::string &name);
  void barrier(const std::string &name);

  // Of all that begins from now on; each process calls it at the same place.
  void set_timeout(std::chrono::milliseconds time);

  double waiting_seconds() const { return waited.load() * 1e-9; }

 private:
  struct Pair;
  struct Connections;
  struct Notes;

  template <typename Start>
  void run(const std::string &name, const at::Tensor &own, Start &&start);
  at::Tensor placed(const at::Tensor &values) const;
  [[noreturn]] void fail(
      const std::string &name, Clock::time_point start, const std::string &cause);
  std::string missing(const std::string &name);
  void check_rank(int source) const;

  const ProcessStore place;
  // Of `timeout` the last part is for asking the store who is missing.
  std::chrono::milliseconds timeout, asking;
  // None before NCCL is connected.
  c10::DeviceIndex nccl_device = -1;
  std::atomic<int64_t> waited{0};
  std::mutex failure_mutex;
  std::string failure;
  std::unique_ptr<Connections> connections;
};

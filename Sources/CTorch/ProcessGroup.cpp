#include "ProcessGroup.h"

#include "Bridge.h"
#include "NCCL.h"

// What LibTorch was compiled with, without which its header is empty.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <c10/util/Logging.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <future>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace {

using Clock = ProcessGroup::Clock;
using std::chrono::milliseconds;
using Backend = c10::intrusive_ptr<c10d::Backend>;
using Work = c10::intrusive_ptr<c10d::Work>;

std::string message(const std::exception_ptr &error) {
  std::string text;
  try {
    std::rethrow_exception(error);
  } catch (const c10::Error &known) {
    text = known.what_without_backtrace();
  } catch (const std::exception &known) {
    text = known.what();
  } catch (...) {
    text = "an unknown C++ exception";
  }
  // Gloo's begin with a place in its sources, and some go on with the places that called.
  if (text.starts_with("[/")) {
    const size_t end = text.find("] ");
    if (end != std::string::npos) text = text.substr(end + 2);
  }
  // NCCL's too, and say what happened in the end.
  std::string last;
  if (text.starts_with("NCCL error in: ")) {
    const std::string mark = "Last error:\n";
    const size_t found = text.find(mark);
    if (found != std::string::npos) last = text.substr(found + mark.size());
    last = last.substr(0, last.find('\n'));
    const size_t end = text.find(", ");
    if (end != std::string::npos) text = text.substr(end + 2);
  }
  text = text.substr(0, text.find('\n'));
  if (!last.empty()) text += ": " + last;
  // Then advice, which does not know more than we do.
  return text.substr(0, text.find(". This is typically"));
}

// A process that ended must be an error, not a signal that ends this one too. Threads inherit what their maker blocks, so
// this holds for Gloo's and the store's as well.
void block_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// Runs what may block for ever in a thread of its own, which goes on by itself where it is not done by the deadline:
// `body` must own what it uses. An empty result where it is not done; errors are thrown.
bool is_done(Clock::time_point deadline, std::function<void()> body) {
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_done = false;
    std::exception_ptr error;
  };
  const auto state = std::make_shared<State>();
  std::thread([state, body = std::move(body)]() mutable {
    block_pipe_signal();
    std::exception_ptr error;
    try {
      body();
      // What it owns goes before the caller goes on.
      body = nullptr;
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(state->mutex);
    state->error = error;
    state->is_done = true;
    state->changed.notify_all();
  }).detach();
  std::unique_lock lock(state->mutex);
  if (!state->changed.wait_until(lock, deadline, [&] { return state->is_done; })) return false;
  if (state->error) std::rethrow_exception(state->error);
  return true;
}

// LibTorch logs each broken connection to a store with the stack of its calls. What matters of it is in our message.
class QuietLog {
 public:
  QuietLog() {
    const std::lock_guard lock(mutex);
    if (count++ > 0) return;
    level = FLAGS_caffe2_log_level;
    FLAGS_caffe2_log_level = std::max(level, 2);  // Errors, and what is worse.
  }
  ~QuietLog() {
    const std::lock_guard lock(mutex);
    if (--count == 0) FLAGS_caffe2_log_level = level;
  }
  QuietLog(const QuietLog &) = delete;
  QuietLog &operator=(const QuietLog &) = delete;

 private:
  static inline std::mutex mutex;
  static inline int count = 0, level = 0;
};

std::string seconds(Clock::duration duration) {
  std::ostringstream text;
  text.precision(3);
  text << std::chrono::duration<double>(duration).count() << " s";
  return text.str();
}

// rank 1; ranks 1 and 2; ranks 1, 2 and 3
std::string listed(const std::vector<int> &ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (i > 0) text += i + 1 == ranks.size() ? " and " : ", ";
    text += std::to_string(ranks[i]);
  }
  return text;
}

std::string missing_ranks(const std::vector<int> &ranks) {
  return listed(ranks) + (ranks.size() == 1 ? " is missing" : " are missing");
}

// Of a collective's time the last part is for asking the store who is missing.
milliseconds asking_time(milliseconds timeout) {
  return std::min(timeout / 4, milliseconds(5000));
}

milliseconds until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
  return std::max(left, milliseconds(1));
}

c10::intrusive_ptr<c10d::Store> opened(
    const ProcessStore &place, int size, milliseconds timeout) {
  if (!place.path.empty()) return c10::make_intrusive<c10d::FileStore>(place.path, size);
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.is_server;
  options.numWorkers = size;
  // The group waits by itself, and says who did not come.
  options.waitWorkers = false;
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(place.host, options);
}

Backend connected_host(
    const c10::intrusive_ptr<c10d::Store> &store, int rank, int size, milliseconds timeout) {
  const auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  // Its threads sleep while they wait, and sum: one at a time takes no more from LibTorch's own.
  options->threads = 1;
  // The same variable as everywhere with LibTorch.
  const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(
      interface != nullptr && *interface != '\0'
          ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
          : c10d::ProcessGroupGloo::createDefaultDevice());
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
}

// Throws what a collective ends with, at the deadline that it has not.
void await(
    c10d::Backend &backend, c10d::Work &work, Clock::time_point deadline, bool is_on_device) {
  if (!is_on_device) {
    work.wait(until(deadline));
    return;
  }
  // LibTorch's own waiting for NCCL has no deadline, or asks every 10 ms: most sums take less.
  const auto begin = Clock::now();
  while (!work.isCompleted()) {
    const auto now = Clock::now();
    if (now >= deadline) throw std::runtime_error("no answer");
    if (now - begin < std::chrono::microseconds(200)) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }
  if (const auto error = work.exception()) std::rethrow_exception(error);
  // LibTorch's watcher aborts what it finds too late or broken; that looks as if it had been computed.
  if (backend.getError() != c10d::ErrorType::SUCCESS) {
    throw std::runtime_error("a collective of NCCL was aborted");
  }
  // Lets what the device computes next see the result.
  work.wait();
}

// NCCL's destructor gives up by ending the process: it has nothing left to do behind these, and one that fails at
// them stays.
void ended(Backend backend, void (c10d::Backend::*end)()) {
  if (!backend) return;
  try {
    (*backend.*end)();
  } catch (...) {
    backend.release();
  }
}

}  // namespace

std::string ProcessStore::description() const {
  if (!path.empty()) return "the file store " + path;
  return "the store at " + host + ":" + std::to_string(port);
}

struct PendingSum {
  std::string name;
  Clock::time_point start;
  Work work;
  // What is summed; where it is a copy of the tensor, that is copied back.
  at::Tensor own, target;
};

// Gradients are summed by one while the other serves what a backward pass waits for.
struct ProcessGroup::Pair {
  Backend main, overlapped;
};

struct ProcessGroup::Connections {
  c10::intrusive_ptr<c10d::Store> store;
  // Rank 0 holds the store's server.
  bool is_held_by_first = false;
  std::mutex mutex;
  // For tensors in the host's memory, by Gloo; for those of a device, by NCCL, where there are any.
  Pair host, device;

  Backend get(Backend Pair::*which, bool is_on_device) {
    const std::lock_guard lock(mutex);
    const Backend &one = (is_on_device ? device : host).*which;
    TORCH_CHECK(one, "the process group has failed before");
    return one;
  }
};

// What the store says of each rank, as far as it was asked.
struct ProcessGroup::Notes {
  std::mutex mutex;
  bool is_answered = false;
  std::vector<std::optional<std::string>> of_rank;

  explicit Notes(int size) : of_rank(size) {}

  // Reads the notes under `prefix` until all ranks have written one; the deadline is the caller's.
  void collect(c10d::Store &store, const std::string &prefix, Clock::time_point deadline) {
    while (true) {
      bool is_complete = true;
      for (size_t i = 0; i < of_rank.size(); ++i) {
        const std::string key = prefix + std::to_string(i);
        if (of_rank[i]) continue;
        if (store.check({key})) {
          const std::string value = store.get_to_str(key);
          const std::lock_guard lock(mutex);
          of_rank[i] = value;
        } else {
          is_complete = false;
        }
        const std::lock_guard lock(mutex);
        is_answered = true;
      }
      if (is_complete || Clock::now() >= deadline) return;
      std::this_thread::sleep_for(milliseconds(20));
    }
  }

  std::vector<int> missing(int rank) {
    const std::lock_guard lock(mutex);
    std::vector<int> result;
    for (size_t i = 0; i < of_rank.size(); ++i) {
      if (!of_rank[i] && static_cast<int>(i) != rank) result.push_back(static_cast<int>(i));
    }
    return result;
  }
};

ProcessGroup::ProcessGroup(
    ProcessStore store, const std::string &prefix, int rank, int size, milliseconds timeout)
    : rank(rank), size(size), place(std::move(store)), timeout(timeout),
      asking(asking_time(timeout)),
      connections(std::make_unique<Connections>()) {
  const QuietLog quiet;
  const auto deadline = Clock::now() + timeout;
  const std::string where = place.description();
  const std::string within = " within " + seconds(timeout);
  const auto stuck = [&](const std::string &what) {
    throw std::runtime_error(where + ": " + what);
  };

  const auto opening = std::make_shared<c10::intrusive_ptr<c10d::Store>>();
  std::string cause = "no answer";
  try {
    is_done(deadline, [opening, place = place, size, deadline] {
      *opening = opened(place, size, until(deadline));
    });
  } catch (...) {
    cause = message(std::current_exception());
  }
  const bool is_open = cause == "no answer" && *opening;
  if (!is_open) stuck("could not be opened" + within + ": " + cause);
  connections->store = c10::make_intrusive<c10d::PrefixStore>("multibox/" + prefix, *opening);

  // Each rank tells that it is there.
  const auto notes = std::make_shared<Notes>(size);
  const auto times = std::make_shared<int64_t>(0);
  try {
    const bool is_holder = place.is_server && place.path.empty();
    is_done(deadline, [store = connections->store, notes, times, rank, is_holder, deadline] {
      const std::string number = std::to_string(rank);
      *times = store->add("came/" + number, 1);
      if (*times > 1) return;
      store->set("there/" + number, is_holder ? "holder" : "");
      notes->collect(*store, "there/", deadline);
    });
  } catch (...) {
    cause = message(std::current_exception());
  }
  if (*times > 1) {
    stuck(
        "rank " + std::to_string(rank) +
        " is taken, by another process or by an earlier run that used the same store");
  }
  const auto absent = notes->missing(rank);
  if (!absent.empty()) {
    stuck(
        "of " + std::to_string(size) + " processes, " + missing_ranks(absent) + " after " +
        seconds(timeout) + (cause == "no answer" ? "" : ": " + cause));
  }
  connections->is_held_by_first = notes->of_rank[0] == "holder";

  const auto made = std::make_shared<Pair>();
  try {
    is_done(deadline, [store = connections->store, made, rank, size, timeout, deadline] {
      const auto inner = [&](const char *name) {
        return c10::make_intrusive<c10d::PrefixStore>(name, store);
      };
      made->main = connected_host(inner("main"), rank, size, until(deadline));
      made->overlapped = connected_host(inner("overlapped"), rank, size, until(deadline));
      for (const Backend &one : {made->main, made->overlapped}) one->setTimeout(timeout);
      // One that goes on and ends at once would close what others are connecting still.
      c10d::BarrierOptions options;
      options.timeout = until(deadline);
      made->overlapped->barrier(options)->wait(until(deadline));
    });
  } catch (...) {
    cause = message(std::current_exception());
  }
  if (cause != "no answer" || !made->overlapped) {
    stuck("the processes could not be connected" + within + ": " + cause);
  }
  connections->host = *made;
}

void ProcessGroup::connect_nccl(c10::DeviceIndex device) {
  nccl::check(device);
  const std::string name = "connection by NCCL";
  const auto begin = Clock::now();
  const auto deadline = begin + (timeout - asking);
  const auto made = std::make_shared<Pair>();
  bool is_connected = false;
  try {
    is_connected = is_done(
        deadline,
        [store = connections->store, made, rank = rank, size = size, device, timeout = timeout,
         deadline] {
          for (const auto &[one, name] :
               {std::pair(&made->main, "nccl/main"), std::pair(&made->overlapped, "nccl/overlapped")}) {
            *one = nccl::connected(
                c10::make_intrusive<c10d::PrefixStore>(name, store), rank, size, device, timeout);
            // What does not work is to be known here.
            std::vector<at::Tensor> list{
                at::ones({1}, at::TensorOptions().device(at::kCUDA, device))};
            await(**one, *(*one)->allreduce(list), deadline, true);
            const auto sum = list[0].item<float>();
            TORCH_CHECK(sum == static_cast<float>(size), "the sum of ", size, " ones is ", sum);
          }
        });
  } catch (...) {
    {
      // `fail` aborts it: by itself it would end the process.
      const std::lock_guard lock(connections->mutex);
      connections->device = std::exchange(*made, {});
    }
    fail(name, begin, message(std::current_exception()));
  }
  // The thread may be at it still.
  if (!is_connected) fail(name, begin, "no answer");
  const std::lock_guard lock(connections->mutex);
  connections->device = *made;
  nccl_device = device;
}

// NCCL takes tensors where they lie, Gloo those in the host's memory.
at::Tensor ProcessGroup::placed(const at::Tensor &values) const {
  return values.is_cuda() && values.get_device() == nccl_device ? values : values.to(at::kCPU);
}

ProcessGroup::~ProcessGroup() {
  // LibTorch waits for what it still computes, for as long as it likes.
  try {
    is_done(Clock::now() + asking, [held = std::shared_ptr<Connections>(std::move(connections))] {
      for (const Backend &one : {held->device.main, held->device.overlapped}) {
        ended(one, &c10d::Backend::shutdown);
      }
    });
  } catch (...) {
  }
}

void ProcessGroup::set_timeout(milliseconds time) {
  timeout = time;
  asking = asking_time(time);
  const std::lock_guard lock(connections->mutex);
  for (const Pair &pair : {connections->host, connections->device}) {
    for (const Backend &one : {pair.main, pair.overlapped}) {
      if (one) one->setTimeout(time);
    }
  }
}

void ProcessGroup::check_rank(int source) const {
  TORCH_CHECK(source >= 0 && source < size, "rank ", source, " of ", size, " processes");
}

// The first failure ends the group: its connections are closed, so that those who wait for this process fail too, and
// each process leaves a note in the store. Whose note does not come is missing.
void ProcessGroup::fail(
    const std::string &name, Clock::time_point start, const std::string &cause) {
  const auto taken = Clock::now() - start;
  const std::lock_guard lock(failure_mutex);
  if (failure.empty()) {
    const auto deadline = Clock::now() + asking;
    std::promise<void> promise;
    const auto is_closed = promise.get_future();
    bool has_device;
    {
      const std::lock_guard inner(connections->mutex);
      has_device = static_cast<bool>(connections->device.main);
      std::thread([host = std::exchange(connections->host, {}),
                   device = std::exchange(connections->device, {}),
                   promise = std::move(promise)]() mutable {
        host = {};
        // What NCCL still computes would not end by itself.
        ended(std::exchange(device.main, {}), &c10d::Backend::abort);
        ended(std::exchange(device.overlapped, {}), &c10d::Backend::abort);
        promise.set_value();
      }).detach();
    }
    failure = name + " over " + std::to_string(size) + " processes failed after " +
              seconds(taken) + " of " + seconds(timeout) + ": " + missing(name) + " (" + cause + ")";
    // The process may end now, which CUDA is better not surprised by.
    if (has_device) is_closed.wait_until(deadline);
  }
  throw std::runtime_error(failure);
}

std::string ProcessGroup::missing(const std::string &name) {
  const QuietLog quiet;
  const auto notes = std::make_shared<Notes>(size);
  const auto deadline = Clock::now() + asking;
  try {
    is_done(deadline, [store = connections->store, notes, name, deadline, rank = rank] {
      store->set("failed/" + std::to_string(rank), name);
      notes->collect(*store, "failed/", deadline);
    });
  } catch (...) {
    // The store's server is gone; what it said before counts.
  }
  const auto absent = notes->missing(rank);
  const std::lock_guard lock(notes->mutex);
  if (!notes->is_answered) {
    return place.description() + " does not answer" +
           (connections->is_held_by_first && rank != 0 ? ", so rank 0, which holds it, is missing"
                                                       : "");
  }
  std::string text = absent.empty() ? "no rank is missing" : missing_ranks(absent);
  for (int i = 0; i < size; ++i) {
    const auto &note = notes->of_rank[i];
    if (i != rank && note && *note != name) {
      text += ", rank " + std::to_string(i) + " gave up at " + *note;
    }
  }
  return text;
}

// Waits for what the device computes before: it is not for others that this is waited for.
static void finish_computing(const at::Tensor &own) {
  c10::impl::VirtualGuardImpl(own.device().type()).getStream(own.device()).synchronize();
}

template <typename Start>
void ProcessGroup::run(const std::string &name, const at::Tensor &own, Start &&start) {
  auto begin = Clock::now();
  const auto limit = timeout - asking;
  try {
    const bool is_on_device = own.defined() && own.is_cuda();
    const Backend backend = connections->get(&Pair::main, is_on_device);
    if (is_on_device) {
      finish_computing(own);
      begin = Clock::now();
    }
    await(*backend, *start(*backend, limit), begin + limit, is_on_device);
  } catch (...) {
    fail(name, begin, message(std::current_exception()));
  }
  waited += std::chrono::nanoseconds(Clock::now() - begin).count();
}

void ProcessGroup::sum(at::Tensor flat, const std::string &name) {
  at::Tensor own = placed(flat);
  run(name, own, [&](c10d::Backend &backend, milliseconds limit) {
    c10d::AllreduceOptions options;
    options.timeout = limit;
    std::vector<at::Tensor> list{own};
    return backend.allreduce(list, options);
  });
  if (!flat.is_same(own)) flat.copy_(own);
}

std::shared_ptr<PendingSum> ProcessGroup::start_sum(at::Tensor flat, const std::string &name) {
  auto pending = std::make_shared<PendingSum>();
  pending->name = name;
  pending->own = placed(flat);
  pending->target = flat;
  pending->start = Clock::now();
  try {
    const Backend backend = connections->get(&Pair::overlapped, pending->own.is_cuda());
    c10d::AllreduceOptions options;
    options.timeout = timeout - asking;
    std::vector<at::Tensor> list{pending->own};
    pending->work = backend->allreduce(list, options);
  } catch (...) {
    fail(name, pending->start, message(std::current_exception()));
  }
  return pending;
}

void ProcessGroup::finish(PendingSum &pending) {
  auto begin = Clock::now();
  try {
    const bool is_on_device = pending.own.is_cuda();
    const Backend backend = connections->get(&Pair::overlapped, is_on_device);
    if (is_on_device) {
      finish_computing(pending.own);
      begin = Clock::now();
    }
    await(*backend, *pending.work, begin + (timeout - asking), is_on_device);
  } catch (...) {
    fail(pending.name, begin, message(std::current_exception()));
  }
  waited += std::chrono::nanoseconds(Clock::now() - begin).count();
  if (!pending.target.is_same(pending.own)) pending.target.copy_(pending.own);
}

at::Tensor ProcessGroup::gather(const at::Tensor &values, const std::string &name) {
  at::Tensor own = placed(values);
  std::vector<int64_t> shape = own.sizes().vec();
  shape.insert(shape.begin(), size);
  at::Tensor all = at::empty(shape, own.options());
  run(name, own, [&](c10d::Backend &backend, milliseconds limit) {
    c10d::AllgatherOptions options;
    options.timeout = limit;
    if (own.is_cuda()) {
      // Lists would be a copy for each process.
      at::Tensor to = all.view({-1}), from = own.view({-1});
      return backend._allgather_base(to, from, options);
    }
    std::vector<std::vector<at::Tensor>> outputs{all.unbind(0)};
    std::vector<at::Tensor> inputs{own};
    return backend.allgather(outputs, inputs, options);
  });
  return all.to(at::kCPU);
}

void ProcessGroup::broadcast(at::Tensor flat, int source, const std::string &name) {
  check_rank(source);
  at::Tensor own = placed(flat);
  run(name, own, [&](c10d::Backend &backend, milliseconds limit) {
    c10d::BroadcastOptions options;
    options.rootRank = source;
    options.timeout = limit;
    std::vector<at::Tensor> list{own};
    return backend.broadcast(list, options);
  });
  if (!flat.is_same(own)) flat.copy_(own);
}

void ProcessGroup::barrier(const std::string &name) {
  run(name, {}, [&](c10d::Backend &backend, milliseconds limit) {
    c10d::BarrierOptions options;
    options.timeout = limit;
    return backend.barrier(options);
  });
}

// --- the C interface ----------------------------------------------------------------------------

namespace {

ProcessGroup &group(CTProcessGroup handle) {
  return **static_cast<std::shared_ptr<ProcessGroup> *>(handle.pointer);
}

std::string counted(const char *verb, int64_t count, const char *noun) {
  return std::string(verb) + " of " + std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Calls `body` with one flat tensor for each type of element that is among the tensors, on their device, and writes
// back what it leaves there. bfloat16 goes as float32: sums are rounded once.
template <typename Body>
void flattened(const std::vector<at::Tensor> &values, Body &&body) {
  const at::NoGradGuard guard;
  for (const auto type : {at::kFloat, at::kDouble, at::kLong}) {
    std::vector<at::Tensor> same;
    for (const at::Tensor &value : values) {
      const auto own = value.scalar_type();
      if ((own == at::kBFloat16 ? at::kFloat : own) == type) same.push_back(value);
    }
    if (same.empty()) continue;
    int64_t count = 0;
    for (const at::Tensor &value : same) count += value.numel();
    at::Tensor flat = at::empty({count}, same[0].options().dtype(type).requires_grad(false));
    const auto each = [&](auto &&visit) {
      int64_t start = 0;
      for (at::Tensor value : same) {
        at::Tensor part = flat.narrow(0, start, value.numel()).view(value.sizes());
        visit(value, part);
        start += value.numel();
      }
    };
    each([](at::Tensor &value, at::Tensor &part) { part.copy_(value); });
    body(flat);
    each([](at::Tensor &value, at::Tensor &part) { value.copy_(part); });
  }
}

at::Tensor borrowed(const void *bytes, int64_t count, at::ScalarType type) {
  return at::from_blob(const_cast<void *>(bytes), {count}, at::TensorOptions().dtype(type));
}

CTStatus joined(
    ProcessStore store, const char *prefix, int32_t rank, int32_t size, int64_t timeout,
    CTProcessGroup *out) {
  return guarded([&] {
    out->pointer = new std::shared_ptr<ProcessGroup>(std::make_shared<ProcessGroup>(
        std::move(store), prefix, rank, size, milliseconds(timeout)));
  });
}

}  // namespace

CTStatus ct_process_group_by_server(
    const char *host, uint16_t port, bool is_server, const char *prefix, int32_t rank, int32_t size,
    int64_t milliseconds, CTProcessGroup *out) {
  return joined(
      ProcessStore{.host = host, .port = port, .is_server = is_server, .path = {}}, prefix, rank,
      size, milliseconds, out);
}

CTStatus ct_process_group_by_file(
    const char *path, const char *prefix, int32_t rank, int32_t size, int64_t milliseconds,
    CTProcessGroup *out) {
  return joined(
      ProcessStore{.host = {}, .port = 0, .is_server = false, .path = path}, prefix, rank, size,
      milliseconds, out);
}

const char *ct_nccl_version(void) { return nccl::version(); }

CTStatus ct_cuda_card(CTDevice device, uint64_t *out) {
  return guarded([&] { *out = nccl::card(static_cast<c10::DeviceIndex>(device)); });
}

CTStatus ct_process_group_connect_nccl(CTProcessGroup handle, CTDevice device) {
  return guarded([&] { group(handle).connect_nccl(static_cast<c10::DeviceIndex>(device)); });
}

void ct_process_group_free(CTProcessGroup handle) {
  delete static_cast<std::shared_ptr<ProcessGroup> *>(handle.pointer);
}

void ct_process_group_set_timeout(CTProcessGroup handle, int64_t time) {
  group(handle).set_timeout(milliseconds(time));
}

double ct_process_group_waiting_seconds(CTProcessGroup handle) {
  return group(handle).waiting_seconds();
}

CTStatus ct_process_group_sum(CTProcessGroup handle, const CTTensor *handles, int32_t count) {
  return guarded([&] {
    flattened(tensors(handles, count), [&](at::Tensor &flat) {
      group(handle).sum(flat, counted("sum", count, "tensor"));
    });
  });
}

CTStatus ct_process_group_sum_doubles(CTProcessGroup handle, double *values, int64_t count) {
  return guarded([&] {
    if (count == 0) return;
    const at::Tensor all = group(handle).gather(
        borrowed(values, count, at::kDouble), counted("sum", count, "number"));
    const auto *numbers = all.data_ptr<double>();
    for (int64_t i = 0; i < count; ++i) {
      values[i] = 0;
      for (int rank = 0; rank < group(handle).size; ++rank) values[i] += numbers[rank * count + i];
    }
  });
}

CTStatus ct_process_group_broadcast(
    CTProcessGroup handle, const CTTensor *handles, int32_t count, int32_t source) {
  return guarded([&] {
    flattened(tensors(handles, count), [&](at::Tensor &flat) {
      group(handle).broadcast(flat, source, counted("broadcast", count, "tensor"));
    });
  });
}

CTStatus ct_process_group_gather_bytes(
    CTProcessGroup handle, const void *bytes, int64_t count, CTBytesTaker take, void *context) {
  return guarded([&] {
    const std::string name = "gathering of bytes";
    const at::Tensor counts =
        group(handle).gather(borrowed(&count, 1, at::kLong), name).reshape({-1});
    const auto *lengths = counts.data_ptr<int64_t>();
    // Gloo gathers equal lengths.
    const int64_t longest = *std::max_element(lengths, lengths + group(handle).size);
    at::Tensor all;
    if (longest > 0) {
      at::Tensor own = at::zeros({longest}, at::TensorOptions().dtype(at::kByte));
      if (count > 0) std::memcpy(own.data_ptr(), bytes, count);
      all = group(handle).gather(own, name);
    }
    for (int rank = 0; rank < group(handle).size; ++rank) {
      const auto *start =
          longest > 0 ? all.data_ptr<uint8_t>() + rank * longest : nullptr;
      take(context, rank, start, lengths[rank]);
    }
  });
}

CTStatus ct_process_group_broadcast_bytes(
    CTProcessGroup handle, const void *bytes, int64_t count, int32_t source, CTBytesTaker take,
    void *context) {
  return guarded([&] {
    const std::string name = "broadcast of bytes";
    int64_t length = count;
    group(handle).broadcast(borrowed(&length, 1, at::kLong), source, name);
    at::Tensor all = at::empty({length}, at::TensorOptions().dtype(at::kByte));
    if (length > 0) {
      if (group(handle).rank == source) std::memcpy(all.data_ptr(), bytes, length);
      group(handle).broadcast(all, source, name);
    }
    take(context, source, all.data_ptr<uint8_t>(), length);
  });
}

CTStatus ct_process_group_barrier(CTProcessGroup handle, const char *name) {
  return guarded([&] { group(handle).barrier("barrier \"" + std::string(name) + "\""); });
}

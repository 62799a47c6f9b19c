// Sums gradients over processes while a backward pass still computes others.
#include "Bridge.h"
#include "ProcessGroup.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <functional>
#include <utility>

namespace {

class LeafHook : public torch::autograd::FunctionPostHook {
 public:
  explicit LeafHook(std::function<void()> body) : body(std::move(body)) {}
  torch::autograd::variable_list operator()(
      const torch::autograd::variable_list &outputs,
      const torch::autograd::variable_list &) override {
    body();
    return outputs;
  }

 private:
  const std::function<void()> body;
};

// Parameters are put into buckets from the last to the first, about the order in which a backward pass comes to them.
// Buckets are summed in this order, so that all processes agree and a second run gives the same bits.
class GradientReducer {
 public:
  GradientReducer(
      std::shared_ptr<ProcessGroup> processes, const std::vector<at::Tensor> &given,
      int64_t bucket_bytes)
      : group(std::move(processes)) {
    TORCH_CHECK(bucket_bytes > 0, "a bucket of ", bucket_bytes, " bytes");
    for (auto i = given.rbegin(); i != given.rend(); ++i) {
      if (!i->requires_grad()) continue;
      TORCH_CHECK(i->is_leaf(), "gradients of a tensor that is not a leaf");
      TORCH_CHECK(i->scalar_type() == at::kFloat, "gradients that are not float32");
      add(*i, bucket_bytes);
    }
    check_agreement();
    for (size_t bucket = 0; bucket < buckets.size(); ++bucket) {
      for (Leaf &leaf : buckets[bucket].leaves) {
        leaf.accumulator = torch::autograd::impl::grad_accumulator(leaf.parameter);
        leaf.hook = leaf.accumulator->add_post_hook(
            std::make_unique<LeafHook>([this, bucket, &leaf] { take(bucket, leaf); }));
      }
    }
  }

  ~GradientReducer() {
    for (Bucket &bucket : buckets) {
      for (Leaf &leaf : bucket.leaves) leaf.accumulator->del_post_hook(leaf.hook);
    }
  }

  GradientReducer(const GradientReducer &) = delete;
  GradientReducer &operator=(const GradientReducer &) = delete;

  void begin() {
    for (Bucket &bucket : buckets) {
      // Of a step that was given up LibTorch may still write there.
      if (bucket.sum) bucket.flat.reset();
      bucket.sum.reset();
      bucket.waiting = bucket.leaves.size();
      for (Leaf &leaf : bucket.leaves) leaf.has_gradient = false;
    }
    next = 0;
    is_summing = true;
  }

  void finish() {
    TORCH_CHECK(is_summing, "a sum of gradients that was not begun");
    is_summing = false;
    const at::NoGradGuard guard;
    while (next < buckets.size()) start(buckets[next++]);
    for (Bucket &bucket : buckets) {
      const auto before = ProcessGroup::Clock::now();
      group->finish(*bucket.sum);
      waited += ProcessGroup::Clock::now() - before;
      bucket.sum.reset();
      const at::Tensor owners = bucket.owners().to(at::kCPU);
      for (size_t i = 0; i < bucket.leaves.size(); ++i) {
        if (owners.data_ptr<float>()[i] == 0) continue;
        const Leaf &leaf = bucket.leaves[i];
        at::Tensor &gradient = leaf.parameter.mutable_grad();
        if (!gradient.defined()) gradient = at::empty_like(leaf.parameter);
        gradient.copy_(leaf.part(bucket.flat));
      }
    }
  }

  double waiting_seconds() const { return std::chrono::duration<double>(waited).count(); }

 private:
  struct Leaf {
    at::Tensor parameter;
    int64_t start;
    // LibTorch forgets the hook with it. Its kind of pointer changes from one LibTorch to the next.
    decltype(torch::autograd::impl::grad_accumulator(std::declval<at::Tensor>())) accumulator;
    uintptr_t hook = 0;
    bool has_gradient = false;

    // In the parameter's own order of elements, which a gradient usually has.
    at::Tensor part(const at::Tensor &flat) const {
      const at::Tensor elements = flat.narrow(0, start, parameter.numel());
      return parameter.is_non_overlapping_and_dense()
                 ? elements.as_strided(
                       parameter.sizes(), parameter.strides(), elements.storage_offset())
                 : elements.view(parameter.sizes());
    }
  };

  struct Bucket {
    std::vector<Leaf> leaves;
    int64_t count = 0;
    size_t waiting = 0;
    // The gradients one behind the other, and for each the number of processes that have it.
    at::Tensor flat;
    std::shared_ptr<PendingSum> sum;

    at::Tensor owners() const {
      return flat.narrow(0, count, static_cast<int64_t>(leaves.size()));
    }
  };

  void add(const at::Tensor &parameter, int64_t bucket_bytes) {
    const int64_t bytes = parameter.numel() * 4;
    const bool is_new = buckets.empty() || buckets.back().count * 4 + bytes > bucket_bytes ||
                        buckets.back().leaves[0].parameter.device() != parameter.device();
    if (is_new) buckets.emplace_back();
    Bucket &bucket = buckets.back();
    bucket.leaves.push_back(Leaf{.parameter = parameter, .start = bucket.count, .accumulator = {}});
    bucket.count += parameter.numel();
  }

  // Other parameters in another process would be summed with these.
  void check_agreement() {
    uint64_t hash = 0xcbf29ce484222325;
    int64_t count = 0;
    const auto mix = [&](int64_t number) { hash = (hash ^ number) * 0x100000001b3; };
    for (const Bucket &bucket : buckets) {
      for (const Leaf &leaf : bucket.leaves) {
        ++count;
        mix(leaf.parameter.dim());
        for (const int64_t size : leaf.parameter.sizes()) mix(size);
        for (const int64_t stride : leaf.parameter.strides()) mix(stride);
      }
      mix(bucket.count);
    }
    const at::Tensor own = at::empty({2}, at::TensorOptions().dtype(at::kLong));
    own.data_ptr<int64_t>()[0] = count;
    own.data_ptr<int64_t>()[1] = static_cast<int64_t>(hash);
    const at::Tensor all = group->gather(own, "comparison of parameters");
    const auto *numbers = all.data_ptr<int64_t>();
    for (int rank = 1; rank < group->size; ++rank) {
      TORCH_CHECK(
          numbers[2 * rank] == numbers[0] && numbers[2 * rank + 1] == numbers[1], "rank ", rank,
          " sums ", numbers[2 * rank], " gradients and rank 0 sums ", numbers[0],
          ", or of other shapes, layouts or buckets: expected the same parameters in all processes");
    }
  }

  void take(size_t number, Leaf &leaf) {
    if (!is_summing) return;
    TORCH_CHECK(
        !leaf.has_gradient,
        "a second backward pass while gradients are summed: begin before the last one of a step");
    leaf.has_gradient = true;
    --buckets[number].waiting;
    const at::NoGradGuard guard;
    while (next < buckets.size() && buckets[next].waiting == 0) start(buckets[next++]);
  }

  void start(Bucket &bucket) {
    const auto leaf_count = static_cast<int64_t>(bucket.leaves.size());
    if (!bucket.flat.defined()) {
      bucket.flat = at::empty(
          {bucket.count + leaf_count},
          bucket.leaves[0].parameter.options().requires_grad(false));
    }
    at::Tensor owners = at::empty({leaf_count}, at::TensorOptions().dtype(at::kFloat));
    for (int64_t i = 0; i < leaf_count; ++i) {
      const Leaf &leaf = bucket.leaves[i];
      const at::Tensor &gradient = leaf.parameter.grad();
      owners.data_ptr<float>()[i] = gradient.defined();
      if (gradient.defined()) {
        leaf.part(bucket.flat).copy_(gradient);
      } else {
        leaf.part(bucket.flat).zero_();
      }
    }
    bucket.owners().copy_(owners);
    bucket.sum = group->start_sum(bucket.flat, "sum of gradients");
  }

  const std::shared_ptr<ProcessGroup> group;
  std::vector<Bucket> buckets;
  // The bucket that is started next.
  size_t next = 0;
  bool is_summing = false;
  ProcessGroup::Clock::duration waited{};
};

GradientReducer &reducer(CTGradientReducer handle) {
  return *static_cast<GradientReducer *>(handle.pointer);
}

}  // namespace

CTStatus ct_gradient_reducer_new(
    CTProcessGroup group, const CTTensor *parameters, int32_t count, int64_t bucket_bytes,
    CTGradientReducer *out) {
  return guarded([&] {
    out->pointer = new GradientReducer(
        *static_cast<std::shared_ptr<ProcessGroup> *>(group.pointer), tensors(parameters, count),
        bucket_bytes);
  });
}

void ct_gradient_reducer_free(CTGradientReducer handle) {
  delete static_cast<GradientReducer *>(handle.pointer);
}

CTStatus ct_gradient_reducer_begin(CTGradientReducer handle) {
  return guarded([&] { reducer(handle).begin(); });
}

CTStatus ct_gradient_reducer_finish(CTGradientReducer handle) {
  return guarded([&] { reducer(handle).finish(); });
}

double ct_gradient_reducer_waiting_seconds(CTGradientReducer handle) {
  return reducer(handle).waiting_seconds();
}

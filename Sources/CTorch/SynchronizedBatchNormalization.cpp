// Batch normalization by the statistics of all processes' batches together.
#include "Bridge.h"
#include "ProcessGroup.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [C] to what repeats over all else of [N, C, …].
at::Tensor spread(const at::Tensor &channels, const at::Tensor &values) {
  std::vector<int64_t> shape(values.dim(), 1);
  shape[1] = channels.numel();
  return channels.view(shape);
}

// Of one channel: how many values, their mean and the sum of their squared distances from it.
struct Moments {
  double count = 0, mean = 0, squares = 0;

  // Exact up to rounding, unlike a difference of sums of squares (Chan, Golub and LeVeque, 1983).
  void add(const Moments &other) {
    if (other.count == 0) return;
    const double total = count + other.count;
    const double distance = other.mean - mean;
    squares += other.squares + distance * distance * count * other.count / total;
    mean += distance * other.count / total;
    count = total;
  }
};

// The moments of each channel over all processes; those of a process are three numbers a channel.
std::vector<Moments> moments(ProcessGroup &group, const at::Tensor &values) {
  const int64_t channels = values.size(1);
  const double count = channels == 0 ? 0 : static_cast<double>(values.numel() / channels);
  // Where the values lie, from where NCCL takes them.
  at::Tensor own = at::zeros({3, channels}, values.options().dtype(at::kDouble).requires_grad(false));
  if (count > 0) {
    // Without running statistics those of bfloat16 would be rounded to it.
    const at::Tensor unused =
        at::zeros({channels}, values.options().dtype(at::kFloat).requires_grad(false));
    const auto [mean, variance] =
        at::batch_norm_update_stats(values, unused, unused.clone(), 0);
    own[0].fill_(count);
    own[1].copy_(mean);
    own[2].copy_(variance).mul_(count);
  }
  const at::Tensor all = group.gather(own, "statistics of a batch normalization");
  const auto *from = all.data_ptr<double>();
  std::vector<Moments> result(channels);
  for (int rank = 0; rank < group.size; ++rank) {
    for (int64_t c = 0; c < channels; ++c, ++from) {
      result[c].add(
          Moments{.count = from[0], .mean = from[channels], .squares = from[2 * channels]});
    }
    from += 2 * channels;
  }
  return result;
}

at::Tensor channels(
    const std::vector<Moments> &of, const at::Tensor &like, double (*value)(const Moments &)) {
  at::Tensor result =
      at::empty({static_cast<int64_t>(of.size())}, at::TensorOptions().dtype(at::kFloat));
  auto *to = result.data_ptr<float>();
  for (size_t c = 0; c < of.size(); ++c) to[c] = static_cast<float>(value(of[c]));
  return result.to(like.device());
}

struct SynchronizedBatchNormalization
    : torch::autograd::Function<SynchronizedBatchNormalization> {
  // The group lives as long as the record.
  struct Group : torch::CustomClassHolder {
    explicit Group(std::shared_ptr<ProcessGroup> value) : value(std::move(value)) {}
    const std::shared_ptr<ProcessGroup> value;
  };

  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const at::Tensor &bias, at::Tensor running_mean, at::Tensor running_variance,
      const std::shared_ptr<ProcessGroup> &group, double momentum, double epsilon) {
    const std::vector<Moments> all = moments(*group, input);
    const double count = all.empty() ? 0 : all[0].count;
    const at::Tensor mean = channels(all, weight, [](const Moments &m) { return m.mean; });
    const at::Tensor variance = channels(
        all, weight, [](const Moments &m) { return m.count > 0 ? m.squares / m.count : 0; });
    // One value has no variance, as in ct_batch_normalization.
    if (count > 1) {
      const at::Tensor unbiased =
          channels(all, weight, [](const Moments &m) { return m.squares / (m.count - 1); });
      running_mean.mul_(1 - momentum).add_(mean, momentum);
      running_variance.mul_(1 - momentum).add_(unbiased, momentum);
    }
    context->save_for_backward({input, weight, mean, variance});
    context->saved_data["group"] =
        c10::IValue::make_capsule(c10::make_intrusive<Group>(group));
    context->saved_data["count"] = count;
    context->saved_data["epsilon"] = epsilon;
    if (input.numel() == 0) return at::empty_like(input);
    return std::get<0>(at::native_batch_norm(
        input, weight, bias, mean, variance, /*training=*/false, momentum, epsilon));
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const at::NoGradGuard guard;
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double count = context->saved_data["count"].toDouble();
    const double epsilon = context->saved_data["epsilon"].toDouble();
    const auto held = context->saved_data["group"].toCapsule();
    ProcessGroup &group = *static_cast<const Group *>(held.get())->value;
    const bool has_values = input.numel() > 0;
    // Copies as float32 cost a processor twice the rest.
    const bool stays_reduced = input.is_cpu() && input.scalar_type() != at::kFloat;

    // Σ dy · x̂ and Σ dy of each channel are the gradients of γ and β.
    at::Tensor weight_gradient = at::zeros_like(weight), bias_gradient = at::zeros_like(weight);
    at::Tensor scaled;  // γ / σ · dy
    at::Tensor gradient = gradients[0];
    if (has_values) {
      gradient = gradient.to(input.scalar_type()).contiguous(input.suggest_memory_format());
      // CUDA insists on the last two, too, which a training would save.
      std::tie(scaled, weight_gradient, bias_gradient) = at::native_batch_norm_backward(
          gradient, input, weight, mean, variance, mean, (variance + epsilon).rsqrt(),
          /*train=*/false, epsilon, {stays_reduced, true, true});
    }
    at::Tensor sums = at::stack({weight_gradient, bias_gradient}).to(at::kDouble);
    // Ranks are added one after the other, as everywhere here.
    sums = group.gather(sums, "gradients of a batch normalization").sum(0);

    at::Tensor input_gradient = at::empty_like(input);
    if (has_values) {
      // dx = γ / σ · (dy − Σdy / N − x̂ · Σ(dy · x̂) / N), by each channel's a · dy + b · x + c.
      const at::Tensor invert = (variance.to(at::kCPU, at::kDouble) + epsilon).rsqrt();
      const at::Tensor a = weight.to(at::kCPU, at::kDouble) * invert;
      const at::Tensor b = -a * invert * sums[0] / count;
      const at::Tensor c = -a * sums[1] / count - b * mean.to(at::kCPU, at::kDouble);
      const auto factor = [&](const at::Tensor &values) {
        return values.to(weight.options().dtype(at::kFloat));
      };
      if (stays_reduced) {
        // b · x + c is a normalization by a mean of 0 and a deviation of 1.
        const at::Tensor zero = at::zeros_like(weight), one = at::ones_like(weight);
        input_gradient = scaled.add_(std::get<0>(at::native_batch_norm(
            input, factor(b), factor(c), zero, one, /*training=*/false, 0, 0)));
      } else {
        at::Tensor result =
            at::addcmul(spread(factor(c), input), input.to(at::kFloat), spread(factor(b), input));
        result.addcmul_(gradient.to(at::kFloat), spread(factor(a), input));
        input_gradient = result.to(input.scalar_type());
      }
    }
    return {input_gradient, weight_gradient, bias_gradient, {}, {}, {}, {}, {}};
  }
};

}  // namespace

CTStatus ct_synchronized_batch_normalization(
    CTProcessGroup group, CTTensor input, CTTensor weight, CTTensor bias, CTTensor running_mean,
    CTTensor running_variance, double momentum, double epsilon, CTTensor *out) {
  return guarded([&] {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    *out = retained(SynchronizedBatchNormalization::apply(
        tensor(input), tensor(weight), tensor(bias), tensor(running_mean),
        tensor(running_variance), *static_cast<std::shared_ptr<ProcessGroup> *>(group.pointer),
        momentum, epsilon));
  });
}

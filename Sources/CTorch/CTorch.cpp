#include "CTorch.h"

#include "Bridge.h"
#include "DenseConvolution.h"
#include "DepthwiseConvolution.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <pthread.h>

#include <atomic>
#include <climits>
#include <cmath>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace {

std::optional<at::Tensor> optional_tensor(CTTensor handle) {
  if (handle.pointer == nullptr) return std::nullopt;
  return tensor(handle);
}

at::Generator &generator(CTGenerator handle) {
  return *static_cast<at::Generator *>(handle.pointer);
}

at::IntArrayRef sizes(const int64_t *shape, int32_t rank) {
  return at::IntArrayRef(shape, static_cast<size_t>(rank));
}

at::ScalarType scalar_type(int32_t type) {
  switch (type) {
    case CT_FLOAT32: return at::kFloat;
    case CT_BFLOAT16: return at::kBFloat16;
    case CT_INT64: return at::kLong;
    case CT_FLOAT16: return at::kHalf;
    default: TORCH_CHECK(false, "unknown element type ", type);
  }
}

at::Device device(CTDevice index) {
  if (index == CT_CPU) return at::Device(at::kCPU);
  // cuDNN would else round what float32 convolutions read to TF32's ten bits.
  [[maybe_unused]] static const bool is_exact = [] {
    at::globalContext().setAllowTF32CuDNN(false);
    return true;
  }();
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

// Calls `fill` with the tensor or, where that lies on another device, with one like it on the CPU, which is copied.
template <typename Fill>
CTStatus filled(CTTensor handle, Fill &&fill) {
  return guarded([&] {
    at::NoGradGuard guard;
    at::Tensor target = tensor(handle);
    if (target.is_cpu()) {
      fill(target);
    } else {
      at::Tensor drawn = at::empty_like(target, target.options().device(at::kCPU));
      fill(drawn);
      target.copy_(drawn);
    }
  });
}

// The body of a thread that waits for its gate.
void *pass(void *gate) {
  auto *mutex = static_cast<pthread_mutex_t *>(gate);
  pthread_mutex_lock(mutex);
  pthread_mutex_unlock(mutex);
  return nullptr;
}

// OpenMP, which starts the threads of an operation and keeps them, ends the process with a line of its
// own where it can't have them; so as many are had at a time once before.
void require_threads(int32_t count) {
  static std::atomic<int32_t> most{0};
  if (count <= most) return;
  std::vector<pthread_t> threads;
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&gate);
  int failure = 0;
  while (failure == 0 && static_cast<int32_t>(threads.size()) < count) {
    pthread_t thread;
    failure = pthread_create(&thread, nullptr, pass, &gate);
    if (failure == 0) threads.push_back(thread);
  }
  pthread_mutex_unlock(&gate);
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  if (failure == 0) {
    most = count;
    return;
  }
  throw std::runtime_error(
      "expected to start " + std::to_string(count) + " more threads, found room for " +
      std::to_string(threads.size()) + ": " + std::generic_category().message(failure));
}

}  // namespace

const char *ct_last_error(void) { return last_error.c_str(); }

// --- process ------------------------------------------------------------------------------------

const char *ct_version(void) { return TORCH_VERSION; }

CTStatus ct_set_thread_count(int32_t count) {
  return guarded([&] {
    require_threads(count - 1);
    at::set_num_threads(count);
  });
}

void ct_keep_freed_memory(void) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

int32_t ct_thread_count(void) { return at::get_num_threads(); }

int32_t ct_cuda_device_count(void) { return at::detail::getCUDAHooks().getNumGPUs(); }

CTStatus ct_synchronize(CTDevice index) {
  return guarded([&] {
    if (index == CT_CPU) return;
    c10::impl::VirtualGuardImpl(at::kCUDA).synchronizeDevice(static_cast<c10::DeviceIndex>(index));
  });
}

bool ct_has_bfloat16_instructions(CTDevice index) {
  if (index != CT_CPU) {
    bool has = false;
    const CTStatus status = guarded([&] {
      c10::DeviceGuard current(device(index));
      has = at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
    });
    return status == 0 && has;
  }
#if defined(__x86_64__)
  return (__builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16")) &&
         has_bfloat16_convolutions();
#else
  return false;
#endif
}

int64_t ct_live_tensor_count(void) { return live_tensors; }

void ct_set_gradient_recording(bool enabled) { at::GradMode::set_enabled(enabled); }

bool ct_gradient_recording(void) { return at::GradMode::is_enabled(); }

void ct_set_autocast(int32_t element_type) {
  const bool enabled = element_type != CT_FLOAT32;
  // Without clearing, casts of weights would outlive the step that changed the weights.
  if (!enabled) at::autocast::clear_cache();
  for (const auto type : {at::kCPU, at::kCUDA}) {
    at::autocast::set_autocast_dtype(
        type, element_type == CT_FLOAT16 ? at::kHalf : at::kBFloat16);
    at::autocast::set_autocast_enabled(type, enabled);
  }
}

// --- random numbers -----------------------------------------------------------------------------

CTStatus ct_generator_new(uint64_t seed, CTGenerator *out) {
  return guarded([&] {
    out->pointer = new at::Generator(at::make_generator<at::CPUGeneratorImpl>(seed));
  });
}

void ct_generator_free(CTGenerator handle) { delete static_cast<at::Generator *>(handle.pointer); }

CTStatus ct_fill_normal(CTTensor handle, double mean, double deviation, CTGenerator random) {
  return filled(handle, [&](at::Tensor &target) {
    target.normal_(mean, deviation, generator(random));
  });
}

CTStatus ct_fill_uniform(CTTensor handle, double low, double high, CTGenerator random) {
  return filled(handle, [&](at::Tensor &target) {
    target.uniform_(low, high, generator(random));
  });
}

// --- tensors ------------------------------------------------------------------------------------

void ct_tensor_free(CTTensor handle) {
  if (handle.pointer == nullptr) return;
  delete static_cast<at::Tensor *>(handle.pointer);
  --live_tensors;
}

CTStatus ct_tensor_from_bytes(
    const void *bytes, int32_t element_type, const int64_t *shape, int32_t rank, CTDevice index,
    CTTensor *out) {
  return guarded([&] {
    auto options = at::TensorOptions().dtype(scalar_type(element_type));
    // from_blob borrows; a copy owns.
    at::Tensor borrowed = at::from_blob(const_cast<void *>(bytes), sizes(shape, rank), options);
    *out = retained(index == CT_CPU ? borrowed.clone() : borrowed.to(device(index)));
  });
}

CTStatus ct_images_from_bytes(
    const uint8_t *bytes, const int64_t *shape, const float *mean, const float *factor, CTDevice index,
    CTTensor *out) {
  return guarded([&] {
    const at::NoGradGuard guard;
    const at::Device target = device(index);
    // The copy runs beside the host's work from pinned memory alone, which LibTorch keeps until it is over.
    const auto uploaded = [&](const void *from, at::IntArrayRef sizes, at::ScalarType type) {
      const auto options = at::TensorOptions().dtype(type);
      const at::Tensor borrowed = at::from_blob(const_cast<void *>(from), sizes, options);
      if (target.is_cpu()) return borrowed;
      at::Tensor pinned = at::empty(sizes, options.pinned_memory(true));
      return pinned.copy_(borrowed).to(target, /*non_blocking=*/true);
    };
    const at::IntArrayRef channels(shape + 3, 1);
    at::Tensor images = uploaded(bytes, sizes(shape, 4), at::kByte).to(at::kFloat);
    images.sub_(uploaded(mean, channels, at::kFloat)).mul_(uploaded(factor, channels, at::kFloat));
    *out = retained(images.permute({0, 3, 1, 2}));
  });
}

CTStatus ct_tensor_full(
    const int64_t *shape, int32_t rank, double value, CTDevice index, CTTensor *out) {
  return guarded([&] {
    const auto options = at::TensorOptions().dtype(at::kFloat).device(device(index));
    *out = retained(at::full(sizes(shape, rank), value, options));
  });
}

CTStatus ct_tensor_empty_like(CTTensor handle, CTTensor *out) {
  return guarded([&] { *out = retained(at::empty_like(tensor(handle))); });
}

CTStatus ct_tensor_empty_on_host(CTTensor handle, CTTensor *out) {
  return guarded([&] {
    const at::Tensor &source = tensor(handle);
    const auto options = at::TensorOptions().dtype(source.scalar_type());
    *out = retained(at::empty(source.sizes(), options.pinned_memory(source.is_cuda())));
  });
}

int32_t ct_tensor_rank(CTTensor handle) { return static_cast<int32_t>(tensor(handle).dim()); }

int64_t ct_tensor_size(CTTensor handle, int32_t dimension) {
  return tensor(handle).sizes()[dimension];
}

CTDevice ct_tensor_device(CTTensor handle) {
  const at::Tensor &value = tensor(handle);
  return value.is_cuda() ? value.get_device() : CT_CPU;
}

int32_t ct_tensor_element_type(CTTensor handle) {
  switch (tensor(handle).scalar_type()) {
    case at::kFloat: return CT_FLOAT32;
    case at::kBFloat16: return CT_BFLOAT16;
    case at::kLong: return CT_INT64;
    case at::kHalf: return CT_FLOAT16;
    default: return -1;
  }
}

CTStatus ct_tensor_copy_to_host(CTTensor handle, void *bytes, int64_t byte_count) {
  return guarded([&] {
    at::NoGradGuard guard;
    at::Tensor source = tensor(handle);
    auto type = source.scalar_type() == at::kLong ? at::kLong : at::kFloat;
    TORCH_CHECK(
        static_cast<int64_t>(source.numel() * c10::elementSize(type)) == byte_count, "a tensor of ",
        source.numel(), " elements does not fit ", byte_count, " bytes");
    at::from_blob(bytes, source.sizes(), at::TensorOptions().dtype(type)).copy_(source);
  });
}

CTStatus ct_tensor_assign(CTTensor handle, CTTensor source) {
  return guarded([&] {
    at::NoGradGuard guard;
    at::Tensor target = tensor(handle);
    TORCH_CHECK(
        target.sizes() == tensor(source).sizes(), "a tensor of shape ", target.sizes(),
        " cannot take one of shape ", tensor(source).sizes());
    target.copy_(tensor(source));
  });
}

CTStatus ct_tensor_float_pointer(CTTensor handle, float **out) {
  return guarded([&] {
    const at::Tensor &source = tensor(handle);
    TORCH_CHECK(
        source.is_contiguous() && source.scalar_type() == at::kFloat && source.device().is_cpu(),
        "only a contiguous float32 tensor in host memory has a pointer");
    *out = source.data_ptr<float>();
  });
}

CTStatus ct_tensor_set_requires_gradient(CTTensor handle, bool required) {
  return guarded([&] { at::Tensor(tensor(handle)).set_requires_grad(required); });
}

CTStatus ct_tensor_gradient(CTTensor handle, CTTensor *out) {
  return guarded([&] {
    const at::Tensor &gradient = tensor(handle).grad();
    *out = gradient.defined() ? retained(gradient) : CTTensor{nullptr};
  });
}

CTStatus ct_tensor_detach(CTTensor handle, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(handle).detach()); });
}

CTStatus ct_tensor_clone(CTTensor handle, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(handle).detach().clone()); });
}

CTStatus ct_to_element_type(CTTensor handle, int32_t type, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(handle).to(scalar_type(type))); });
}

CTStatus ct_to_device(CTTensor handle, CTDevice index, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(handle).to(device(index))); });
}

CTStatus ct_to_channels_last(CTTensor handle, CTTensor *out) {
  return guarded([&] {
    *out = retained(tensor(handle).contiguous(at::MemoryFormat::ChannelsLast));
  });
}

CTStatus ct_contiguous(CTTensor handle, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(handle).contiguous()); });
}

CTStatus ct_permute(CTTensor handle, const int64_t *order, int32_t rank, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(handle).permute(sizes(order, rank))); });
}

CTStatus ct_reshape(CTTensor handle, const int64_t *shape, int32_t rank, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(handle).reshape(sizes(shape, rank))); });
}

CTStatus ct_concatenate(
    const CTTensor *handles, int32_t count, int32_t dimension, CTTensor *out) {
  return guarded([&] { *out = retained(at::cat(tensors(handles, count), dimension)); });
}

CTStatus ct_index_select(CTTensor handle, int32_t dimension, CTTensor indices, CTTensor *out) {
  return guarded([&] {
    *out = retained(tensor(handle).index_select(dimension, tensor(indices)));
  });
}

// --- operations ---------------------------------------------------------------------------------

CTStatus ct_add(CTTensor a, CTTensor b, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(a).add(tensor(b))); });
}

CTStatus ct_multiply(CTTensor a, CTTensor b, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(a).mul(tensor(b))); });
}

CTStatus ct_multiply_scalar(CTTensor a, double factor, CTTensor *out) {
  return guarded([&] { *out = retained(tensor(a).mul(factor)); });
}

CTStatus ct_convolution(
    CTTensor input, CTTensor weight, CTTensor bias, int64_t stride, int64_t padding,
    int64_t dilation, int64_t groups, CTTensor *out) {
  return guarded([&] {
    const auto bias_tensor = optional_tensor(bias);
    if (has_slow_depthwise_gradients(
            tensor(input), tensor(weight), bias_tensor, stride, dilation, groups)) {
      *out = retained(depthwise_convolution(tensor(input), tensor(weight), stride, padding));
    } else if (has_slow_weight_gradient(tensor(input), tensor(weight), dilation, groups)) {
      *out = retained(
          dense_convolution(tensor(input), tensor(weight), bias_tensor, stride, padding));
    } else {
      *out = retained(at::conv2d(
          tensor(input), tensor(weight), bias_tensor, {stride, stride}, {padding, padding},
          {dilation, dilation}, groups));
    }
  });
}

CTStatus ct_batch_normalization(
    CTTensor input, CTTensor weight, CTTensor bias, CTTensor running_mean,
    CTTensor running_variance, bool training, double momentum, double epsilon, CTTensor *out) {
  return guarded([&] {
    const at::Tensor &values = tensor(input);
    // One value has no variance: LibTorch would make the running one NaN.
    const bool is_single = training && values.numel() == values.size(1);
    const std::optional<at::Tensor> none;
    *out = retained(at::batch_norm(
        values, tensor(weight), tensor(bias), is_single ? none : tensor(running_mean),
        is_single ? none : tensor(running_variance), training, momentum, epsilon,
        /*cudnn_enabled=*/true));
  });
}

CTStatus ct_relu(CTTensor input, CTTensor *out) {
  return guarded([&] { *out = retained(at::relu(tensor(input))); });
}

CTStatus ct_relu_in_place(CTTensor input, CTTensor *out) {
  return guarded([&] {
    at::Tensor value = tensor(input);
    *out = retained(at::relu_(value));
  });
}

CTStatus ct_relu6(CTTensor input, CTTensor *out) {
  return guarded([&] { *out = retained(at::relu6(tensor(input))); });
}

CTStatus ct_hard_swish(CTTensor input, CTTensor *out) {
  return guarded([&] { *out = retained(at::hardswish(tensor(input))); });
}

CTStatus ct_hard_sigmoid(CTTensor input, CTTensor *out) {
  return guarded([&] { *out = retained(at::hardsigmoid(tensor(input))); });
}

CTStatus ct_mean_pool(CTTensor input, CTTensor *out) {
  return guarded([&] { *out = retained(at::adaptive_avg_pool2d(tensor(input), {1, 1})); });
}

CTStatus ct_max_pool(
    CTTensor input, int64_t kernel, int64_t stride, int64_t padding, bool ceil_mode,
    CTTensor *out) {
  return guarded([&] {
    *out = retained(at::max_pool2d(
        tensor(input), {kernel, kernel}, {stride, stride}, {padding, padding}, {1, 1}, ceil_mode));
  });
}

CTStatus ct_upsample_nearest(CTTensor input, int64_t height, int64_t width, CTTensor *out) {
  return guarded([&] {
    *out = retained(at::upsample_nearest2d(tensor(input), {height, width}));
  });
}

CTStatus ct_normalize_channels(CTTensor input, double epsilon, CTTensor *out) {
  return guarded([&] {
    const at::Tensor &x = tensor(input);
    at::Tensor norm = x.to(at::kFloat).norm(2, at::IntArrayRef{1}, /*keepdim=*/true);
    *out = retained(x / norm.clamp_min(epsilon));
  });
}

CTStatus ct_smooth_l1_sum(CTTensor input, CTTensor target, double beta, CTTensor *out) {
  return guarded([&] {
    *out = retained(at::smooth_l1_loss(tensor(input), tensor(target), at::Reduction::Sum, beta));
  });
}

CTStatus ct_cross_entropy_sum(CTTensor logits, CTTensor classes, CTTensor *out) {
  return guarded([&] {
    *out = retained(
        at::cross_entropy_loss(tensor(logits), tensor(classes), {}, at::Reduction::Sum));
  });
}

// --- training -----------------------------------------------------------------------------------

CTStatus ct_backward(const CTTensor *handles, const CTTensor *gradients, int32_t count) {
  return guarded([&] {
    std::vector<at::Tensor> given;
    if (gradients != nullptr) given = tensors(gradients, count);
    torch::autograd::backward(tensors(handles, count), given);
  });
}

CTStatus ct_clear_gradients(const CTTensor *parameters, int32_t count) {
  return guarded([&] {
    for (int32_t i = 0; i < count; ++i) at::Tensor(tensor(parameters[i])).mutable_grad().reset();
  });
}

CTStatus ct_clip_gradients(
    const CTTensor *parameters, int32_t count, double maximum, double *norm) {
  return guarded([&] {
    at::NoGradGuard guard;
    std::vector<at::Tensor> gradients;
    for (int32_t i = 0; i < count; ++i) {
      const at::Tensor &gradient = tensor(parameters[i]).grad();
      if (gradient.defined()) gradients.push_back(gradient);
    }
    double squares = 0;
    if (!gradients.empty()) {
      // All of them in one copy: each copy from a GPU waits for it.
      const at::Tensor norms =
          at::stack(at::_foreach_norm(gradients, 2)).to(at::kCPU, at::kDouble);
      const auto *values = static_cast<const double *>(norms.const_data_ptr());
      for (int64_t i = 0; i < norms.numel(); ++i) squares += values[i] * values[i];
    }
    *norm = std::sqrt(squares);
    if (maximum > 0 && *norm > maximum) at::_foreach_mul_(gradients, maximum / (*norm + 1e-6));
  });
}

CTStatus ct_sgd_step(
    const CTTensor *parameters, const CTTensor *velocities, int32_t count, double rate,
    double momentum, double decay) {
  return guarded([&] {
    at::NoGradGuard guard;
    std::vector<at::Tensor> weights, gradients, speeds;
    for (int32_t i = 0; i < count; ++i) {
      const at::Tensor &gradient = tensor(parameters[i]).grad();
      if (!gradient.defined()) continue;
      weights.push_back(tensor(parameters[i]));
      gradients.push_back(gradient);
      speeds.push_back(tensor(velocities[i]));
    }
    if (weights.empty()) return;
    at::_foreach_mul_(speeds, momentum);
    at::_foreach_add_(speeds, gradients);
    if (decay != 0) at::_foreach_add_(speeds, weights, decay);
    at::_foreach_add_(weights, speeds, -rate);
  });
}

CTStatus ct_adamw_step(
    const CTTensor *parameters, const CTTensor *means, const CTTensor *squares, int32_t count,
    int64_t step, double rate, double beta1, double beta2, double epsilon, double decay) {
  return guarded([&] {
    at::NoGradGuard guard;
    std::vector<at::Tensor> weights, gradients, firsts, seconds;
    for (int32_t i = 0; i < count; ++i) {
      const at::Tensor &gradient = tensor(parameters[i]).grad();
      if (!gradient.defined()) continue;
      weights.push_back(tensor(parameters[i]));
      gradients.push_back(gradient);
      firsts.push_back(tensor(means[i]));
      seconds.push_back(tensor(squares[i]));
    }
    if (weights.empty()) return;
    const double seen1 = 1 - std::pow(beta1, step), seen2 = 1 - std::pow(beta2, step);
    if (decay != 0) at::_foreach_mul_(weights, 1 - rate * decay);
    at::_foreach_lerp_(firsts, gradients, 1 - beta1);
    at::_foreach_mul_(seconds, beta2);
    at::_foreach_addcmul_(seconds, gradients, gradients, 1 - beta2);
    auto divisors = at::_foreach_sqrt(seconds);
    at::_foreach_div_(divisors, std::sqrt(seen2));
    at::_foreach_add_(divisors, epsilon);
    at::_foreach_addcdiv_(weights, firsts, divisors, -rate / seen1);
  });
}

CTStatus ct_average(
    const CTTensor *averages, const CTTensor *values, int32_t count, double decay) {
  return guarded([&] {
    if (count == 0) return;
    at::NoGradGuard guard;
    auto targets = tensors(averages, count);
    at::_foreach_lerp_(targets, tensors(values, count), 1 - decay);
  });
}

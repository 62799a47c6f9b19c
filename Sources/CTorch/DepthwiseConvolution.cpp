#include "DepthwiseConvolution.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

// Sixteen channels. The compiler splits them where the processor has shorter registers.
using Floats = float __attribute__((vector_size(64)));
using Words = uint32_t __attribute__((vector_size(64)));
using Halves = uint16_t __attribute__((vector_size(32)));
constexpr int64_t lanes = 16;

inline Floats load(const float *from) {
  Floats value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline Floats load(const c10::BFloat16 *from) {
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  const Words words = __builtin_convertvector(halves, Words) << 16;
  Floats value;
  std::memcpy(&value, &words, sizeof value);
  return value;
}

inline void store(float *to, Floats value) { std::memcpy(to, &value, sizeof value); }

// Rounds to nearest even; NaN stays NaN.
inline void store(c10::BFloat16 *to, Floats value) {
  Words words;
  std::memcpy(&words, &value, sizeof words);
  Words rounded = (words + (((words >> 16) & 1) + 0x7fff)) >> 16;
  const auto is_nan = reinterpret_cast<Words>(value != value);
  rounded = (is_nan & 0x7fc0) | (~is_nan & rounded);
  const Halves halves = __builtin_convertvector(rounded, Halves);
  std::memcpy(to, &halves, sizeof halves);
}

struct Shape {
  int64_t images, channels, height, width, output_height, output_width, stride, padding;

  // Channels are taken in pairs of vectors, a cache line of bfloat16. Where they do not fill the last vector it begins
  // earlier and computes some of them again, to the same numbers.
  int64_t vectors() const { return (channels + lanes - 1) / lanes; }
  int64_t pairs() const { return (vectors() + 1) / 2; }
  // The first channel of a vector.
  int64_t start(int64_t vector) const {
    return std::min(std::min(vector, vectors() - 1) * lanes, channels - lanes);
  }
};

// d input[n, y, x, c] = Σ weight[c, j, i] · d output[n, (y + p − j) / s, (x + p − i) / s, c], where the division leaves
// no rest. `weight` is [kernel, kernel, channels].
template <int64_t kernel, typename Element>
void input_gradient(
    const Element *output_gradient, const float *weight, Element *gradient, const Shape &s) {
  at::parallel_for(0, s.images * s.height, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t image = row / s.height;
      const int64_t y = row % s.height + s.padding;
      for (int64_t pair = 0; pair < s.pairs(); ++pair) {
        const int64_t first = s.start(2 * pair), second = s.start(2 * pair + 1);
        for (int64_t column = 0; column < s.width; ++column) {
          const int64_t x = column + s.padding;
          Floats low = {}, high = {};
          for (int64_t j = y % s.stride; j < kernel && j <= y; j += s.stride) {
            const int64_t output_y = (y - j) / s.stride;
            if (output_y >= s.output_height) continue;
            const Element *output_row =
                output_gradient +
                (image * s.output_height + output_y) * s.output_width * s.channels;
            for (int64_t i = x % s.stride; i < kernel && i <= x; i += s.stride) {
              const int64_t output_x = (x - i) / s.stride;
              if (output_x >= s.output_width) continue;
              const float *tap = weight + (j * kernel + i) * s.channels;
              const Element *pixel = output_row + output_x * s.channels;
              low += load(tap + first) * load(pixel + first);
              high += load(tap + second) * load(pixel + second);
            }
          }
          Element *pixel = gradient + (row * s.width + column) * s.channels;
          store(pixel + first, low);
          store(pixel + second, high);
        }
      }
    }
  });
}

// Adds one image's part of the weight's gradient to `sums`, [kernel, kernel, 2 vectors]. The pointers are of the
// image's first pixel.
template <int64_t kernel, typename Element>
void add_weight_gradient(
    const Element *input, const Element *output_gradient, float *sums, int64_t first,
    int64_t second, const Shape &s) {
  for (int64_t output_y = 0; output_y < s.output_height; ++output_y) {
    const Element *gradients = output_gradient + output_y * s.output_width * s.channels;
    for (int64_t j = 0; j < kernel; ++j) {
      const int64_t y = output_y * s.stride - s.padding + j;
      if (y < 0 || y >= s.height) continue;
      const Element *inputs = input + y * s.width * s.channels;
      Floats low[kernel], high[kernel];
      float *row_sums = sums + j * kernel * 2 * lanes;
      for (int64_t i = 0; i < kernel; ++i) {
        low[i] = load(row_sums + 2 * i * lanes);
        high[i] = load(row_sums + (2 * i + 1) * lanes);
      }
      for (int64_t output_x = 0; output_x < s.output_width; ++output_x) {
        const int64_t x = output_x * s.stride - s.padding;
        const Element *gradient = gradients + output_x * s.channels;
        const Floats low_gradient = load(gradient + first);
        const Floats high_gradient = load(gradient + second);
        const Element *pixel = inputs + x * s.channels;
        const auto add = [&](int64_t i) {
          low[i] += low_gradient * load(pixel + i * s.channels + first);
          high[i] += high_gradient * load(pixel + i * s.channels + second);
        };
        if (x >= 0 && x + kernel <= s.width) {
#pragma clang loop unroll(full)
          for (int64_t i = 0; i < kernel; ++i) add(i);
        } else {
          for (int64_t i = 0; i < kernel; ++i) {
            if (x + i >= 0 && x + i < s.width) add(i);
          }
        }
      }
      for (int64_t i = 0; i < kernel; ++i) {
        store(row_sums + 2 * i * lanes, low[i]);
        store(row_sums + (2 * i + 1) * lanes, high[i]);
      }
    }
  }
}

// d weight[c, j, i] = Σ over images and pixels of d output · input. `gradient` is [channels, kernel, kernel].
template <int64_t kernel, typename Element>
void weight_gradient(
    const Element *input, const Element *output_gradient, float *gradient, const Shape &s) {
  constexpr int64_t taps = kernel * kernel;
  constexpr int64_t size = taps * 2 * lanes;
  const int64_t pairs = s.pairs();
  // Sums of each image and pair, added up image by image: the threads do not change the order.
  std::vector<float> sums(static_cast<size_t>(s.images * pairs * size));
  at::parallel_for(0, s.images * pairs, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t image = task / pairs, pair = task % pairs;
      add_weight_gradient<kernel>(
          input + image * s.height * s.width * s.channels,
          output_gradient + image * s.output_height * s.output_width * s.channels,
          sums.data() + task * size, s.start(2 * pair), s.start(2 * pair + 1), s);
    }
  });
  for (int64_t vector = 0; vector < s.vectors(); ++vector) {
    for (int64_t lane = 0; lane < lanes; ++lane) {
      for (int64_t tap = 0; tap < taps; ++tap) {
        float sum = 0;
        for (int64_t image = 0; image < s.images; ++image) {
          sum += sums[static_cast<size_t>(
              (image * pairs + vector / 2) * size + (2 * tap + vector % 2) * lanes + lane)];
        }
        gradient[(s.start(vector) + lane) * taps + tap] = sum;
      }
    }
  }
}

// Not by Tensor's template, which clang calls otherwise than the compiler that built LibTorch 2.11.
template <typename Element>
const Element *elements(const at::Tensor &tensor) {
  return static_cast<const Element *>(tensor.const_data_ptr());
}

template <int64_t kernel, typename Element>
void gradients(
    const at::Tensor &input, const at::Tensor &weight, const at::Tensor &output_gradient,
    at::Tensor &for_input, at::Tensor &for_weight, const Shape &s) {
  if (for_input.defined()) {
    const at::Tensor taps = weight.reshape({s.channels, kernel * kernel}).t().contiguous();
    input_gradient<kernel, Element>(
        elements<Element>(output_gradient), elements<float>(taps),
        for_input.mutable_data_ptr<Element>(), s);
  }
  if (for_weight.defined()) {
    weight_gradient<kernel, Element>(
        elements<Element>(input), elements<Element>(output_gradient),
        for_weight.mutable_data_ptr<float>(), s);
  }
}

// The kernels that `has_slow_depthwise_gradients` names.
template <typename Element>
auto gradients_of(int64_t kernel) {
  switch (kernel) {
    case 3: return gradients<3, Element>;
    case 4: return gradients<4, Element>;
    case 5: return gradients<5, Element>;
    default: return gradients<6, Element>;
  }
}

struct DepthwiseConvolution : torch::autograd::Function<DepthwiseConvolution> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &input,
      const at::Tensor &weight, int64_t stride, int64_t padding) {
    context->save_for_backward({input, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
    return at::conv2d(
        input, weight.to(input.scalar_type()), std::nullopt, {stride, stride},
        {padding, padding}, {1, 1}, input.size(1));
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list output_gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor input = saved[0].contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor weight = saved[1].to(at::kFloat);
    const at::Tensor output_gradient = output_gradients[0].to(input.scalar_type())
                                           .contiguous(at::MemoryFormat::ChannelsLast);
    const Shape shape{
        input.size(0), input.size(1), input.size(2), input.size(3), output_gradient.size(2),
        output_gradient.size(3), context->saved_data["stride"].toInt(),
        context->saved_data["padding"].toInt()};
    at::Tensor for_input, for_weight;
    if (context->needs_input_grad(0)) {
      for_input = at::empty(
          input.sizes(), input.options().memory_format(at::MemoryFormat::ChannelsLast));
    }
    if (context->needs_input_grad(1)) {
      for_weight = at::empty(weight.sizes(), weight.options());
    }
    const auto compute = input.scalar_type() == at::kBFloat16
        ? gradients_of<c10::BFloat16>(weight.size(2)) : gradients_of<float>(weight.size(2));
    compute(input, weight, output_gradient, for_input, for_weight, shape);
    return {for_input, for_weight, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

bool has_bfloat16_convolutions() {
  // LibTorch tells it by an operator alone; where that has another name, be careful and say no.
  static const bool has = [] {
    const auto operation =
        c10::Dispatcher::singleton().findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
    return operation && operation->typed<bool()>().call();
  }();
  return has;
}

bool has_slow_depthwise_gradients(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
    int64_t stride, int64_t dilation, int64_t groups) {
  if (!input.is_cpu() || !at::GradMode::is_enabled() ||
      !(input.requires_grad() || weight.requires_grad()) || bias || dilation != 1 ||
      groups < lanes || groups != input.size(1) || groups != weight.size(0) ||
      weight.size(2) != weight.size(3) || weight.scalar_type() != at::kFloat ||
      input.suggest_memory_format() != at::MemoryFormat::ChannelsLast) {
    return false;
  }
  const bool is_autocast = at::autocast::is_autocast_enabled(at::kCPU);
  // The loops here know no float16.
  if (input.scalar_type() == at::kHalf ||
      (is_autocast && at::autocast::get_autocast_dtype(at::kCPU) == at::kHalf)) {
    return false;
  }
  const bool is_bfloat16 = input.scalar_type() == at::kBFloat16 || is_autocast;
  return (weight.size(2) >= 4 && weight.size(2) <= 6) ||
         (weight.size(2) == 3 && is_bfloat16 && (stride > 1 || !has_bfloat16_convolutions()));
}

at::Tensor depthwise_convolution(
    const at::Tensor &input, const at::Tensor &weight, int64_t stride, int64_t padding) {
  const bool is_autocast = at::autocast::is_autocast_enabled(at::kCPU);
  return DepthwiseConvolution::apply(
      is_autocast ? input.to(at::kBFloat16) : input, weight, stride, padding);
}

#include "DenseConvolution.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "DepthwiseConvolution.h"

namespace {

// [N, C, H, W] with its channels outermost. LibTorch's copy goes element by element and takes eight times as long.
at::Tensor planes(const at::Tensor &map) {
  if (map.is_contiguous()) return map;
  const at::Tensor source = map.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor result = at::empty(map.sizes(), map.options());
  const int64_t channels = map.size(1), pixels = map.size(2) * map.size(3);
  const auto *from = static_cast<const float *>(source.const_data_ptr());
  auto *to = static_cast<float *>(result.mutable_data_ptr());
  // Of so many pixels and channels a block stays in the first cache, and its rows are whole lines of it.
  constexpr int64_t width = 64, depth = 16;
  const int64_t blocks = (pixels + width - 1) / width;
  at::parallel_for(0, map.size(0) * blocks, 16, [&](int64_t begin, int64_t end) {
    float block[depth][width];
    for (int64_t task = begin; task < end; ++task) {
      const int64_t image = task / blocks, first = task % blocks * width;
      const int64_t count = std::min(width, pixels - first);
      for (int64_t channel = 0; channel < channels; channel += depth) {
        const int64_t rows = std::min(depth, channels - channel);
        const float *in = from + (image * pixels + first) * channels + channel;
        for (int64_t pixel = 0; pixel < count; ++pixel, in += channels) {
          for (int64_t row = 0; row < rows; ++row) block[row][pixel] = in[row];
        }
        float *out = to + (image * channels + channel) * pixels + first;
        for (int64_t row = 0; row < rows; ++row, out += pixels) {
          std::memcpy(out, block[row], static_cast<size_t>(count) * sizeof(float));
        }
      }
    }
  });
  return result;
}

struct DenseConvolution : torch::autograd::Function<DenseConvolution> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &input,
      const at::Tensor &weight, const std::optional<at::Tensor> &bias, int64_t stride,
      int64_t padding) {
    context->save_for_backward({input, weight});
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    return at::conv2d(input, weight, bias, {stride, stride}, {padding, padding});
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list output_gradients) {
    const auto saved = context->get_saved_variables();
    const int64_t stride = context->saved_data["stride"].toInt();
    const int64_t padding = context->saved_data["padding"].toInt();
    const auto gradients = [&](const at::Tensor &output_gradient, const at::Tensor &input,
                               const at::Tensor &weight, std::array<bool, 3> mask) {
      return at::convolution_backward(
          output_gradient, input, weight, std::nullopt, {stride, stride}, {padding, padding},
          {1, 1}, false, {0, 0}, 1, mask);
    };
    at::Tensor for_input, for_weight, for_bias;
    if (context->needs_input_grad(0)) {
      for_input = std::get<0>(
          gradients(output_gradients[0], saved[0], saved[1], {true, false, false}));
    }
    if (context->needs_input_grad(1)) {
      // Were one of the three channels-last, LibTorch would have all of them so.
      for_weight = std::get<1>(gradients(
          planes(output_gradients[0]), planes(saved[0]), saved[1].contiguous(),
          {false, true, false}));
    }
    // LibTorch computes the weight's with it.
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) {
      for_bias = output_gradients[0].sum({0, 2, 3});
    }
    return {for_input, for_weight, for_bias, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

bool has_slow_weight_gradient(
    const at::Tensor &input, const at::Tensor &weight, int64_t dilation, int64_t groups) {
  // Fewer channels, smaller kernels and smaller maps are as fast in both layouts.
  return input.is_cpu() && at::GradMode::is_enabled() && weight.requires_grad() &&
         groups == 1 && dilation == 1 && weight.size(2) > 1 && input.size(1) >= 16 &&
         input.size(2) * input.size(3) >= 256 && input.scalar_type() == at::kFloat &&
         weight.scalar_type() == at::kFloat && !at::autocast::is_autocast_enabled(at::kCPU) &&
         input.suggest_memory_format() == at::MemoryFormat::ChannelsLast &&
         !has_bfloat16_convolutions();
}

at::Tensor dense_convolution(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
    int64_t stride, int64_t padding) {
  return DenseConvolution::apply(input, weight, bias, stride, padding);
}

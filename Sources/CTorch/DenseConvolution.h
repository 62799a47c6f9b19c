// A convolution over all channels whose weight's gradient is computed from maps in another layout.
#pragma once

#include <ATen/ATen.h>

// Whether the tensors lie on the CPU and LibTorch is slow at the gradient of this convolution's weight: without AVX-512
// oneDNN takes two to five times as long where channels lie innermost, as they do here, than where they lie outermost
// (64 channels of 300 × 300 with a kernel of 3, one thread: 386 ms and 86). Forward, and for the input's gradient, both
// layouts are alike.
bool has_slow_weight_gradient(
    const at::Tensor &input, const at::Tensor &weight, int64_t dilation, int64_t groups);

// at::conv2d, for whose weight's gradient input and output's gradient are copied as planes of their channels.
at::Tensor dense_convolution(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
    int64_t stride, int64_t padding);

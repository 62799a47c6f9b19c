// A depthwise convolution whose gradients are computed here.
#pragma once

#include <ATen/ATen.h>

// Whether LibTorch hands bfloat16 convolutions to oneDNN. Where the processor has no AVX-512, or ONEDNN_MAX_CPU_ISA
// forbids it, LibTorch computes them by loops of its own.
bool has_bfloat16_convolutions();

// Whether the tensors lie on the CPU, LibTorch is slow at the gradients of this convolution, and `depthwise_convolution`
// is not: LibTorch 2.15.0 hands those of depthwise convolutions to oneDNN's kernels for full ones, for the input at
// stride 2 in bfloat16, for the weight at a kernel of 4 to 6. They took two thirds of all the time of SSDLite's convolutions.
// Its own loops in bfloat16 take 25 to 70 times as long as those here (8 × 96 × 80 × 80: 272 ms for 11) and round every
// partial sum to bfloat16.
bool has_slow_depthwise_gradients(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
    int64_t stride, int64_t dilation, int64_t groups);

// at::conv2d, with its gradients computed here: 15 times as fast at stride 2, 6 times at a kernel of 5. The weight's is
// summed in float32, in an order that no number of threads changes.
at::Tensor depthwise_convolution(
    const at::Tensor &input, const at::Tensor &weight, int64_t stride, int64_t padding);

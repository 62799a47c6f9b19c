// NCCL by c10d's own group, where the build has it: where LIBTORCH_CUDA names the folders of its headers (Package.swift).
#pragma once

#include <c10/core/Device.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <cstdint>

namespace nccl {

// Null where it is not built in; else that of the headers.
const char *version();

// Throws where it cannot serve a CUDA device, before other processes are waited for.
void check(c10::DeviceIndex device);

// A number of the GPU behind a CUDA device, of each GPU of each machine another.
uint64_t card(c10::DeviceIndex device);

// Blocks until all processes are there, without a deadline.
c10::intrusive_ptr<c10d::Backend> connected(
    const c10::intrusive_ptr<c10d::Store> &store, int rank, int size, c10::DeviceIndex device,
    std::chrono::milliseconds timeout);

}  // namespace nccl

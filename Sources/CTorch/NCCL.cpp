#include "NCCL.h"

#if defined(MULTIBOX_NCCL)

#if !__has_include(<nccl.h>) || !__has_include(<cuda_runtime_api.h>)
#error "LIBTORCH_CUDA: expected folders whose include/ holds nccl.h and cuda_runtime_api.h, or 1 for a build without NCCL"
#endif

// What LibTorch was compiled with, without which its headers are empty.
#define USE_CUDA
#define USE_C10D_NCCL
#include <ATen/cuda/CUDAContext.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <c10/util/Exception.h>
#include <c10/util/Logging.h>
#include <torch/csrc/cuda/nccl.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#define QUOTED_ONCE(x) #x
#define QUOTED(x) QUOTED_ONCE(x)

namespace {

// Where two processes read the same, NCCL says that they are on one machine.
std::string machine() {
  std::string name;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> name;
  if (name.empty()) {
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    name = host;
  }
  return name;
}

// A failure is to be an error of the collective that meets it: by themselves LibTorch's watchers end the process,
// or write files of what they have seen. What somebody has set stays.
void tame_watchers() {
  for (const auto &[name, value] : {
           // An abandoned collective is given up, so that the GPU goes on; the process is not.
           std::pair("TORCH_NCCL_ASYNC_ERROR_HANDLING", "2"),
           std::pair("TORCH_NCCL_RETHROW_CUDA_ERRORS", "0"),
           std::pair("TORCH_NCCL_DUMP_ON_TIMEOUT", "0"),
           std::pair("TORCH_NCCL_TRACE_BUFFER_SIZE", "0"),
           // All connections are made while somebody looks at the clock, not by the first sums.
           std::pair("NCCL_RUNTIME_CONNECT", "0"),
       }) {
    setenv(name, value, 0);
  }
  // They tell on standard error what our message says in one line. For good: they go on beside everything.
  if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = 3;
}

}  // namespace

const char *nccl::version() {
  return QUOTED(NCCL_MAJOR) "." QUOTED(NCCL_MINOR) "." QUOTED(NCCL_PATCH);
}

void nccl::check(c10::DeviceIndex device) {
  // The layout of LibTorch's classes depends on both.
  const uint64_t built = torch::cuda::nccl::version();
  constexpr uint64_t ours =
      uint64_t{NCCL_MAJOR} << 32 | uint64_t{NCCL_MINOR} << 16 | uint64_t{NCCL_PATCH};
  if (built != ours) {
    TORCH_CHECK(
        false, "expected a build with the headers of NCCL ", built >> 32, ".", built >> 16 & 0xffff,
        ".", built & 0xffff, ", with which LibTorch is built, found those of ", version());
  }
  const long cuda = at::detail::getCUDAHooks().versionCUDART() / 1000;
  TORCH_CHECK(
      cuda == CUDART_VERSION / 1000, "expected a build with the headers of CUDA ", cuda,
      ", with which LibTorch is built, found those of ", CUDART_VERSION / 1000);
  const int count = at::detail::getCUDAHooks().getNumGPUs();
  TORCH_CHECK(
      device >= 0 && device < count, "NCCL: expected one of ", count, " CUDA devices, found number ",
      static_cast<int>(device));
}

uint64_t nccl::card(c10::DeviceIndex device) {
  check(device);
  const cudaDeviceProp &properties = *at::cuda::getDeviceProperties(device);
  const std::string text = machine() + " " + std::to_string(properties.pciDomainID) + ":" +
                           std::to_string(properties.pciBusID) + ":" +
                           std::to_string(properties.pciDeviceID);
  uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

c10::intrusive_ptr<c10d::Backend> nccl::connected(
    const c10::intrusive_ptr<c10d::Store> &store, int rank, int size, c10::DeviceIndex device,
    std::chrono::milliseconds timeout) {
  tame_watchers();
  const c10::DeviceGuard guard(c10::Device(c10::kCUDA, device));
  const auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  options->config.blocking = 1;
  auto group = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options);
  try {
    group->eagerConnectSingleDevice(c10::Device(c10::kCUDA, device));
  } catch (...) {
    // Its destructor may end the process.
    group.release();
    throw;
  }
  return group;
}

#else

#include <stdexcept>

namespace {

[[noreturn]] void refuse() {
  throw std::runtime_error(
      "NCCL: expected a build with it, by LIBTORCH_CUDA naming the folders of CUDA and NCCL");
}

}  // namespace

const char *nccl::version() { return nullptr; }

void nccl::check(c10::DeviceIndex) { refuse(); }

uint64_t nccl::card(c10::DeviceIndex) { refuse(); }

c10::intrusive_ptr<c10d::Backend> nccl::connected(
    const c10::intrusive_ptr<c10d::Store> &, int, int, c10::DeviceIndex, std::chrono::milliseconds) {
  refuse();
}

#endif

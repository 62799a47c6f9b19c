// How C++ stands behind the C header: errors as a status, tensors as handles.
#pragma once

#include "CTorch.h"

#include <ATen/ATen.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

inline thread_local std::string last_error;
// Of this thread, so that a test can count while others work.
inline thread_local int64_t live_tensors = 0;

// The only try/catch towards Swift: C++ exceptions must not cross into it.
template <typename Body>
CTStatus guarded(Body &&body) {
  try {
    body();
    return 0;
  } catch (const c10::Error &error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception &error) {
    last_error = error.what();
  } catch (...) {
    last_error = "an unknown C++ exception";
  }
  return 1;
}

inline const at::Tensor &tensor(CTTensor handle) {
  return *static_cast<at::Tensor *>(handle.pointer);
}

inline CTTensor retained(at::Tensor value) {
  auto *pointer = new at::Tensor(std::move(value));
  ++live_tensors;
  return CTTensor{pointer};
}

inline std::vector<at::Tensor> tensors(const CTTensor *handles, int32_t count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (int32_t i = 0; i < count; ++i) result.push_back(tensor(handles[i]));
  return result;
}

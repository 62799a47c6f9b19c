// The dozen functions of OpenVINO that running a detector needs, as a C interface without its headers.
//
// Every function that can fail returns a status: 0 is success, anything else leaves a message in cov_last_error() of
// the same thread. Handles are one-field structs, one type a kind.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COV_FALLIBLE __attribute__((warn_unused_result))

typedef struct { void *pointer; } COVModel;
typedef struct { void *pointer; } COVRequest;
typedef int32_t COVStatus;

/// The message of the last failure in this thread. /* borrowed, until the next failure */
const char *cov_last_error(void);

/// Reads a model file and compiles it for the processor.
///
/// `precision` is "f32" or "bf16"; `mode` is "LATENCY" or "THROUGHPUT". A free number of images is set to `batch`.
COV_FALLIBLE COVStatus cov_model_load(
    const char *path, int32_t threads, const char *precision, const char *mode, int64_t batch,
    COVModel *out /* new reference */);
void cov_model_free(COVModel model);
/// Sizes of the only input; at most 8 are written.
COV_FALLIBLE COVStatus cov_model_input_shape(COVModel model, int64_t *shape, int32_t *rank);
/// How many requests keep all threads busy.
int32_t cov_model_request_count(COVModel model);

COV_FALLIBLE COVStatus cov_request_new(COVModel model, COVRequest *out /* new reference */);
void cov_request_free(COVRequest request);
/// Where the input is to be written, float32. /* borrowed, as long as the request lives */
COV_FALLIBLE COVStatus cov_request_input(COVRequest request, float **data, int64_t *count);
/// Computes and waits.
COV_FALLIBLE COVStatus cov_request_run(COVRequest request);
/// An output by its name, float32; at most 8 sizes are written. /* borrowed, until the next run */
COV_FALLIBLE COVStatus cov_request_output(
    COVRequest request, const char *name, const float **data, int64_t *shape, int32_t *rank);

#ifdef __cplusplus
}
#endif

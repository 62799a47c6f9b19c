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

/// Element types; others are COVElementOther.
typedef enum {
  COVElementOther = 0,
  COVElementFloat32 = 1,
  COVElementUInt8 = 2,
  COVElementInt8 = 3,
  COVElementInt32 = 4,
  COVElementInt64 = 5,
  COVElementFloat16 = 6,
  COVElementFloat64 = 7
} COVElement;

enum { COVRankLimit = 8 };

/// Sizes and element type of an input or output; -1 is a size that is free.
typedef struct {
  COVElement element;
  int32_t rank;
  int64_t sizes[COVRankLimit];
} COVShape;

/// The message of the last failure in this thread. /* borrowed, until the next failure */
const char *cov_last_error(void);

/// The version of the library that is loaded. `text` gets at most `size` bytes, the zero at the end included.
COV_FALLIBLE COVStatus cov_version(char *text, int32_t size);

/// Reads a model file and compiles it for the processor.
///
/// `precision` is "f32", "bf16" or "f16"; `mode` is "LATENCY" or "THROUGHPUT". A free number of images is set to 1, free
/// widths and heights to `width` and `height` where these are above 0.
COV_FALLIBLE COVStatus cov_model_load(
    const char *path, int32_t threads, const char *precision, const char *mode, int32_t width,
    int32_t height, COVModel *out /* new reference */);
void cov_model_free(COVModel model);
int32_t cov_model_input_count(COVModel model);
int32_t cov_model_output_count(COVModel model);
/// An input or output by its index. `name` gets at most `size` bytes, the zero at the end included.
COV_FALLIBLE COVStatus cov_model_input(
    COVModel model, int32_t index, char *name, int32_t size, COVShape *shape);
COV_FALLIBLE COVStatus cov_model_output(
    COVModel model, int32_t index, char *name, int32_t size, COVShape *shape);
/// An output by any of its names; it may have several.
COV_FALLIBLE COVStatus cov_model_output_named(COVModel model, const char *name, COVShape *shape);
/// The number format that it computes in, as `precision` of cov_model_load names them: where the processor does not
/// multiply the one that was asked for, OpenVINO takes another. `name` gets at most `size` bytes, the zero at the end
/// included.
COV_FALLIBLE COVStatus cov_model_precision(COVModel model, char *name, int32_t size);
/// How many requests keep all threads busy.
int32_t cov_model_request_count(COVModel model);

COV_FALLIBLE COVStatus cov_request_new(COVModel model, COVRequest *out /* new reference */);
void cov_request_free(COVRequest request);
/// Where the only input is to be written. /* borrowed, as long as the request lives */
COV_FALLIBLE COVStatus cov_request_input(COVRequest request, void **data, COVShape *shape);
/// Computes and waits.
COV_FALLIBLE COVStatus cov_request_run(COVRequest request);
/// An output by its name. /* borrowed, until the next run */
COV_FALLIBLE COVStatus cov_request_output(
    COVRequest request, const char *name, const void **data, COVShape *shape);

#ifdef __cplusplus
}
#endif

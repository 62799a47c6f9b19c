// The few dozen functions of LibTorch that SSD needs, as a C interface.
//
// Only pointers, integers and floating-point numbers cross it. Every function that can fail returns a status:
// 0 is success, anything else leaves a message in ct_last_error() of the same thread. Handles are one-field
// structs, one type a kind, so that the compiler tells them apart.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_FALLIBLE __attribute__((warn_unused_result))

typedef struct { void *pointer; } CTTensor;
typedef struct { void *pointer; } CTGenerator;
typedef struct { void *pointer; } CTProcessGroup;
typedef struct { void *pointer; } CTGradientReducer;
typedef int32_t CTStatus;
/// Where elements lie and operations compute: CT_CPU, or the index of a CUDA device.
typedef int32_t CTDevice;

enum CTElementType { CT_FLOAT32 = 0, CT_BFLOAT16 = 1, CT_INT64 = 2, CT_FLOAT16 = 3 };
enum { CT_CPU = -1 };

/// The message of the last failure in this thread. /* borrowed, until the next failure */
const char *ct_last_error(void);

// --- process ------------------------------------------------------------------------------------

/// The version of the headers that this is compiled with: the library tells none. /* borrowed, for ever */
const char *ct_version(void);
CT_FALLIBLE CTStatus ct_set_thread_count(int32_t count);
int32_t ct_thread_count(void);
/// Lets the process keep what it frees: every step needs the same memory, and pages that the system takes back
/// come back as fresh ones, to be cleared. Of effect with glibc alone.
void ct_keep_freed_memory(void);
/// The CUDA devices that LibTorch finds; 0 for a LibTorch without CUDA.
int32_t ct_cuda_device_count(void);
/// Waits until the device has computed all that it was given; at once for the CPU.
CT_FALLIBLE CTStatus ct_synchronize(CTDevice device);
/// Whether the device multiplies bfloat16 matrices natively, and LibTorch makes use of it.
bool ct_has_bfloat16_instructions(CTDevice device);
/// Tensors made minus tensors freed through this interface by the calling thread; for tests of leaks.
int64_t ct_live_tensor_count(void);
/// Thread-local: whether operations are recorded for backward().
void ct_set_gradient_recording(bool enabled);
bool ct_gradient_recording(void);
/// Thread-local: convolutions of every device compute in CT_BFLOAT16 or CT_FLOAT16; CT_FLOAT32 ends that.
void ct_set_autocast(int32_t element_type);

// --- random numbers -----------------------------------------------------------------------------

/// Draws on the CPU; what fills a tensor elsewhere is copied there, so that a seed gives the same numbers everywhere.
CT_FALLIBLE CTStatus ct_generator_new(uint64_t seed, CTGenerator *out /* new reference */);
void ct_generator_free(CTGenerator generator);
CT_FALLIBLE CTStatus ct_fill_normal(CTTensor tensor, double mean, double deviation, CTGenerator generator);
CT_FALLIBLE CTStatus ct_fill_uniform(CTTensor tensor, double low, double high, CTGenerator generator);

// --- tensors ------------------------------------------------------------------------------------

void ct_tensor_free(CTTensor tensor);
CT_FALLIBLE CTStatus ct_tensor_from_bytes(
    const void *bytes, int32_t element_type, const int64_t *shape, int32_t rank, CTDevice device,
    CTTensor *out /* new reference */);
/// Images as [N, H, W, C] in bytes, copied to the device by way of memory that it reads without a detour, and there made
/// (byte - mean) * factor, a float32 tensor of shape [N, C, H, W] that keeps the order in memory. Of `mean` and `factor` each
/// channel has one.
CT_FALLIBLE CTStatus ct_images_from_bytes(
    const uint8_t *bytes, const int64_t *shape, const float *mean, const float *factor, CTDevice device,
    CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_tensor_full(
    const int64_t *shape, int32_t rank, double value, CTDevice device, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_tensor_empty_like(CTTensor tensor, CTTensor *out /* new reference */);
/// Of the same shape and element type, contiguous, on the CPU, in memory that the tensor's device copies from and to
/// without a detour.
CT_FALLIBLE CTStatus ct_tensor_empty_on_host(CTTensor tensor, CTTensor *out /* new reference */);
int32_t ct_tensor_rank(CTTensor tensor);
int64_t ct_tensor_size(CTTensor tensor, int32_t dimension);
CTDevice ct_tensor_device(CTTensor tensor);
/// One of CTElementType, or -1.
int32_t ct_tensor_element_type(CTTensor tensor);
/// Writes the elements, row by row, as float32 or, for an int64 tensor, as int64.
CT_FALLIBLE CTStatus ct_tensor_copy_to_host(CTTensor tensor, void *bytes, int64_t byte_count);
/// Overwrites the elements in place, outside of the gradient's record, from any device.
CT_FALLIBLE CTStatus ct_tensor_assign(CTTensor tensor, CTTensor source);
/// The elements of a contiguous float32 tensor on the CPU. /* borrowed, as long as the tensor lives */
CT_FALLIBLE CTStatus ct_tensor_float_pointer(CTTensor tensor, float **out);
CT_FALLIBLE CTStatus ct_tensor_set_requires_gradient(CTTensor tensor, bool required);
/// The accumulated gradient; a null pointer where there is none.
CT_FALLIBLE CTStatus ct_tensor_gradient(CTTensor tensor, CTTensor *out /* new reference or null */);
CT_FALLIBLE CTStatus ct_tensor_detach(CTTensor tensor, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_tensor_clone(CTTensor tensor, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_to_element_type(CTTensor tensor, int32_t type, CTTensor *out /* new reference */);
/// The same elements on a device; the same storage where they lie there.
CT_FALLIBLE CTStatus ct_to_device(CTTensor tensor, CTDevice device, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_to_channels_last(CTTensor tensor, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_contiguous(CTTensor tensor, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_permute(
    CTTensor tensor, const int64_t *order, int32_t rank, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_reshape(
    CTTensor tensor, const int64_t *shape, int32_t rank, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_concatenate(
    const CTTensor *tensors, int32_t count, int32_t dimension, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_index_select(
    CTTensor tensor, int32_t dimension, CTTensor indices, CTTensor *out /* new reference */);

// --- operations ---------------------------------------------------------------------------------

CT_FALLIBLE CTStatus ct_add(CTTensor a, CTTensor b, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_multiply(CTTensor a, CTTensor b, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_multiply_scalar(CTTensor a, double factor, CTTensor *out /* new reference */);
/// `bias` may be null.
CT_FALLIBLE CTStatus ct_convolution(
    CTTensor input, CTTensor weight, CTTensor bias, int64_t stride, int64_t padding, int64_t dilation,
    int64_t groups, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_batch_normalization(
    CTTensor input, CTTensor weight, CTTensor bias, CTTensor running_mean, CTTensor running_variance,
    bool training, double momentum, double epsilon, CTTensor *out /* new reference */);
/// Overwrites the input, which then has no use of its own.
CT_FALLIBLE CTStatus ct_relu_in_place(CTTensor input, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_relu(CTTensor input, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_relu6(CTTensor input, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_hard_swish(CTTensor input, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_hard_sigmoid(CTTensor input, CTTensor *out /* new reference */);
/// Mean over height and width, which become 1.
CT_FALLIBLE CTStatus ct_mean_pool(CTTensor input, CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_max_pool(
    CTTensor input, int64_t kernel, int64_t stride, int64_t padding, bool ceil_mode,
    CTTensor *out /* new reference */);
CT_FALLIBLE CTStatus ct_upsample_nearest(
    CTTensor input, int64_t height, int64_t width, CTTensor *out /* new reference */);
/// Divides by the Euclidean norm over the channels, at least `epsilon`.
CT_FALLIBLE CTStatus ct_normalize_channels(
    CTTensor input, double epsilon, CTTensor *out /* new reference */);
/// Sum of the smooth L1 of all differences.
CT_FALLIBLE CTStatus ct_smooth_l1_sum(
    CTTensor input, CTTensor target, double beta, CTTensor *out /* new reference */);
/// Sum of the softmax cross entropies of [rows, K] logits and [rows] int64 classes.
CT_FALLIBLE CTStatus ct_cross_entropy_sum(
    CTTensor logits, CTTensor classes, CTTensor *out /* new reference */);

// --- training -----------------------------------------------------------------------------------

/// Continues from `tensors`, whose gradients are given, to every leaf that requires one. `gradients` may be
/// null for scalars.
CT_FALLIBLE CTStatus ct_backward(const CTTensor *tensors, const CTTensor *gradients, int32_t count);
/// Forgets the gradients of leaves.
CT_FALLIBLE CTStatus ct_clear_gradients(const CTTensor *parameters, int32_t count);
/// Euclidean norm of all gradients together; scales them down to `maximum` where it is above 0 and they exceed it.
CT_FALLIBLE CTStatus ct_clip_gradients(
    const CTTensor *parameters, int32_t count, double maximum, double *norm);
/// One step of SGD with momentum: v = momentum·v + g + decay·w, w = w − rate·v. A parameter without a gradient is
/// left alone.
CT_FALLIBLE CTStatus ct_sgd_step(
    const CTTensor *parameters, const CTTensor *velocities, int32_t count, double rate, double momentum,
    double decay);
/// One step of AdamW, that of the number `step`, from 1: m = beta1·m + (1 − beta1)·g, s = beta2·s + (1 − beta2)·g²,
/// w = (1 − rate·decay)·w − rate·(m / (1 − beta1^step)) / (√(s / (1 − beta2^step)) + epsilon). A parameter without a
/// gradient is left alone.
CT_FALLIBLE CTStatus ct_adamw_step(
    const CTTensor *parameters, const CTTensor *means, const CTTensor *squares, int32_t count, int64_t step,
    double rate, double beta1, double beta2, double epsilon, double decay);
/// averages += (1 − decay)·(values − averages), element by element.
CT_FALLIBLE CTStatus ct_average(
    const CTTensor *averages, const CTTensor *values, int32_t count, double decay);

// --- processes ----------------------------------------------------------------------------------

// Each function of a group is a collective: all processes call the same ones in the same order. One that fails says
// which ranks are missing, within the group's time; all that follow fail with the same message.

/// Joins `size` processes by the store at a host and port, whose server is that of the process with `is_server`, or
/// runs already where none has it. `prefix` tells apart groups of one store.
CT_FALLIBLE CTStatus ct_process_group_by_server(
    const char *host, uint16_t port, bool is_server, const char *prefix, int32_t rank, int32_t size,
    int64_t milliseconds, CTProcessGroup *out /* new reference */);
/// Joins `size` processes by a file that they all see.
CT_FALLIBLE CTStatus ct_process_group_by_file(
    const char *path, const char *prefix, int32_t rank, int32_t size, int64_t milliseconds,
    CTProcessGroup *out /* new reference */);
/// The version of NCCL that this is built with. /* borrowed, for ever; NULL where it is not built in */
const char *ct_nccl_version(void);
/// A number of the GPU behind a CUDA device, of each GPU of each machine another. Fails where NCCL is not built in.
CT_FALLIBLE CTStatus ct_cuda_card(CTDevice device, uint64_t *out);
/// Lets the tensors of a CUDA device go by NCCL from now on. Each process needs a GPU of its own.
CT_FALLIBLE CTStatus ct_process_group_connect_nccl(CTProcessGroup group, CTDevice device);
void ct_process_group_free(CTProcessGroup group);
/// Gives the collectives that follow another time.
void ct_process_group_set_timeout(CTProcessGroup group, int64_t milliseconds);
/// The time that this process has waited for others in collectives.
double ct_process_group_waiting_seconds(CTProcessGroup group);
/// Sums tensors element by element, in place; bfloat16 in float32, rounded once.
CT_FALLIBLE CTStatus ct_process_group_sum(CTProcessGroup group, const CTTensor *tensors, int32_t count);
/// Sums in place, one rank after the other.
CT_FALLIBLE CTStatus ct_process_group_sum_doubles(CTProcessGroup group, double *values, int64_t count);
/// Overwrites tensors with those of the rank `source`.
CT_FALLIBLE CTStatus ct_process_group_broadcast(
    CTProcessGroup group, const CTTensor *tensors, int32_t count, int32_t source);
typedef void (*CTBytesTaker)(void *context, int32_t rank, const uint8_t *bytes /* borrowed */, int64_t count);
/// Calls `take` with the bytes of every rank, in their order.
CT_FALLIBLE CTStatus ct_process_group_gather_bytes(
    CTProcessGroup group, const void *bytes, int64_t count, CTBytesTaker take, void *context);
/// Calls `take` once, with the bytes of the rank `source`; those of others are not looked at.
CT_FALLIBLE CTStatus ct_process_group_broadcast_bytes(
    CTProcessGroup group, const void *bytes, int64_t count, int32_t source, CTBytesTaker take, void *context);
CT_FALLIBLE CTStatus ct_process_group_barrier(CTProcessGroup group, const char *name);

/// Sums the gradients of those parameters that require one, float32 leaves, in buckets of about so many bytes.
CT_FALLIBLE CTStatus ct_gradient_reducer_new(
    CTProcessGroup group, const CTTensor *parameters, int32_t count, int64_t bucket_bytes,
    CTGradientReducer *out /* new reference */);
void ct_gradient_reducer_free(CTGradientReducer reducer);
/// The next backward pass sums what it adds up to.
CT_FALLIBLE CTStatus ct_gradient_reducer_begin(CTGradientReducer reducer);
/// Waits for the sums and puts them in the gradients' place.
CT_FALLIBLE CTStatus ct_gradient_reducer_finish(CTGradientReducer reducer);
double ct_gradient_reducer_waiting_seconds(CTGradientReducer reducer);

/// ct_batch_normalization while training, with the statistics of all processes' batches together. One of them may be
/// of 0 images.
CT_FALLIBLE CTStatus ct_synchronized_batch_normalization(
    CTProcessGroup group, CTTensor input, CTTensor weight, CTTensor bias, CTTensor running_mean,
    CTTensor running_variance, double momentum, double epsilon, CTTensor *out /* new reference */);

#ifdef __cplusplus
}
#endif

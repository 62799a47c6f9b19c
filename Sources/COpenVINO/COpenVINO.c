#include "COpenVINO.h"

#include <openvino/c/openvino.h>
#include <stdio.h>
#include <stdlib.h>

enum { message_size = 1024, rank_limit = 8 };
static _Thread_local char message[message_size];

typedef struct {
  ov_core_t *core;
  ov_compiled_model_t *compiled;
} Model;

typedef struct {
  ov_infer_request_t *request;
  ov_tensor_t *input;
} Request;

static COVStatus failed(const char *operation, ov_status_e status) {
  const char *detail = ov_get_last_err_msg();
  snprintf(message, message_size, "%s: %s", operation,
      detail && *detail ? detail : ov_get_error_info(status));
  return 1;
}

// Leaves the calling function with a message where a call of OpenVINO fails.
#define CHECK(operation, call)                                   \
  do {                                                           \
    ov_status_e check_status = (call);                           \
    if (check_status != OK) {                                    \
      result = failed(operation, check_status);                  \
      goto done;                                                 \
    }                                                            \
  } while (0)

const char *cov_last_error(void) { return message; }

void cov_model_free(COVModel handle) {
  Model *model = handle.pointer;
  if (!model) return;
  if (model->compiled) ov_compiled_model_free(model->compiled);
  if (model->core) ov_core_free(model->core);
  free(model);
}

COVStatus cov_model_load(
    const char *path, int32_t threads, const char *precision, const char *mode, int64_t batch,
    COVModel *out) {
  COVStatus result = 0;
  ov_model_t *network = NULL;
  ov_output_const_port_t *port = NULL;
  ov_partial_shape_t shape = {0};
  ov_partial_shape_t fixed = {0};
  bool has_shape = false, has_fixed = false;
  char thread_text[16];
  snprintf(thread_text, sizeof thread_text, "%d", threads);
  Model *model = calloc(1, sizeof *model);
  CHECK("start", ov_core_create(&model->core));
  CHECK("read", ov_core_read_model(model->core, path, NULL, &network));
  CHECK("input", ov_model_const_input(network, &port));
  CHECK("input", ov_port_get_partial_shape(port, &shape));
  has_shape = true;
  if (shape.rank.min == shape.rank.max && shape.rank.max > 0 && shape.rank.max <= rank_limit &&
      shape.dims[0].min != shape.dims[0].max) {
    int64_t sizes[rank_limit];
    sizes[0] = batch;
    for (int64_t axis = 1; axis < shape.rank.max; axis++) sizes[axis] = shape.dims[axis].max;
    CHECK("shape", ov_partial_shape_create_static(shape.rank.max, sizes, &fixed));
    has_fixed = true;
    CHECK("shape", ov_model_reshape_single_input(network, fixed));
  }
  CHECK("compile",
      ov_core_compile_model(model->core, network, "CPU", 6, &model->compiled,
          ov_property_key_inference_num_threads, thread_text,
          ov_property_key_hint_inference_precision, precision,
          ov_property_key_hint_performance_mode, mode));
done:
  if (has_fixed) ov_partial_shape_free(&fixed);
  if (has_shape) ov_partial_shape_free(&shape);
  if (port) ov_output_const_port_free(port);
  if (network) ov_model_free(network);
  if (result) {
    cov_model_free((COVModel){model});
  } else {
    out->pointer = model;
  }
  return result;
}

COVStatus cov_model_input_shape(COVModel handle, int64_t *sizes, int32_t *rank) {
  COVStatus result = 0;
  Model *model = handle.pointer;
  ov_output_const_port_t *port = NULL;
  ov_shape_t shape = {0};
  CHECK("input", ov_compiled_model_input(model->compiled, &port));
  CHECK("input", ov_const_port_get_shape(port, &shape));
  *rank = (int32_t)(shape.rank < rank_limit ? shape.rank : rank_limit);
  for (int32_t axis = 0; axis < *rank; axis++) sizes[axis] = shape.dims[axis];
  ov_shape_free(&shape);
done:
  if (port) ov_output_const_port_free(port);
  return result;
}

int32_t cov_model_request_count(COVModel handle) {
  Model *model = handle.pointer;
  char *text = NULL;
  if (ov_compiled_model_get_property(
          model->compiled, ov_property_key_optimal_number_of_infer_requests, &text) != OK) {
    return 1;
  }
  int count = atoi(text);
  ov_free(text);
  return count > 0 ? count : 1;
}

void cov_request_free(COVRequest handle) {
  Request *request = handle.pointer;
  if (!request) return;
  if (request->input) ov_tensor_free(request->input);
  if (request->request) ov_infer_request_free(request->request);
  free(request);
}

COVStatus cov_request_new(COVModel handle, COVRequest *out) {
  COVStatus result = 0;
  Model *model = handle.pointer;
  Request *request = calloc(1, sizeof *request);
  CHECK("request", ov_compiled_model_create_infer_request(model->compiled, &request->request));
  CHECK("input", ov_infer_request_get_input_tensor(request->request, &request->input));
done:
  if (result) {
    cov_request_free((COVRequest){request});
  } else {
    out->pointer = request;
  }
  return result;
}

static COVStatus floats(ov_tensor_t *tensor, float **data, int64_t *sizes, int32_t *rank) {
  COVStatus result = 0;
  ov_element_type_e type;
  ov_shape_t shape = {0};
  void *bytes = NULL;
  CHECK("tensor", ov_tensor_get_element_type(tensor, &type));
  if (type != F32) {
    snprintf(message, message_size, "tensor: expected float32 elements");
    return 1;
  }
  CHECK("tensor", ov_tensor_get_shape(tensor, &shape));
  CHECK("tensor", ov_tensor_data(tensor, &bytes));
  *data = bytes;
  *rank = (int32_t)(shape.rank < rank_limit ? shape.rank : rank_limit);
  for (int32_t axis = 0; axis < *rank; axis++) sizes[axis] = shape.dims[axis];
done:
  if (shape.dims) ov_shape_free(&shape);
  return result;
}

COVStatus cov_request_input(COVRequest handle, float **data, int64_t *count) {
  Request *request = handle.pointer;
  int64_t sizes[rank_limit];
  int32_t rank = 0;
  COVStatus result = floats(request->input, data, sizes, &rank);
  *count = 1;
  for (int32_t axis = 0; axis < rank; axis++) *count *= sizes[axis];
  return result;
}

COVStatus cov_request_run(COVRequest handle) {
  COVStatus result = 0;
  Request *request = handle.pointer;
  CHECK("run", ov_infer_request_infer(request->request));
done:
  return result;
}

COVStatus cov_request_output(
    COVRequest handle, const char *name, const float **data, int64_t *sizes, int32_t *rank) {
  COVStatus result = 0;
  Request *request = handle.pointer;
  ov_tensor_t *tensor = NULL;
  float *values = NULL;
  CHECK("output", ov_infer_request_get_tensor(request->request, name, &tensor));
  result = floats(tensor, &values, sizes, rank);
  *data = values;
done:
  // The request keeps the memory; this was a reference to it.
  if (tensor) ov_tensor_free(tensor);
  return result;
}

#include "COpenVINO.h"

#include <openvino/c/openvino.h>
#include <stdio.h>
#include <stdlib.h>

enum { message_size = 1024 };
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

COVStatus cov_version(char *text, int32_t size) {
  COVStatus result = 0;
  ov_version_t version = {0};
  CHECK("version", ov_get_openvino_version(&version));
  snprintf(text, size, "%s", version.buildNumber);
done:
  ov_version_free(&version);
  return result;
}

void cov_model_free(COVModel handle) {
  Model *model = handle.pointer;
  if (!model) return;
  if (model->compiled) ov_compiled_model_free(model->compiled);
  if (model->core) ov_core_free(model->core);
  free(model);
}

static bool is_free(ov_dimension_t size) { return size.min != size.max; }

// Sets what is free of an image's sizes: one image, the channels stand first or last. Returns true where all are
// known then; false, as they are, where there was nothing to set or too little is known.
static bool known_sizes(ov_partial_shape_t shape, int32_t width, int32_t height, int64_t *sizes) {
  if (shape.rank.min != shape.rank.max) return false;
  int64_t rank = shape.rank.max;
  if (rank <= 0 || rank > COVRankLimit) return false;
  bool has_free = false;
  for (int64_t axis = 0; axis < rank; axis++) {
    has_free |= is_free(shape.dims[axis]);
    sizes[axis] = is_free(shape.dims[axis]) ? 0 : shape.dims[axis].max;
  }
  if (!has_free) return false;
  if (rank == 4 && sizes[0] == 0) sizes[0] = 1;
  if (rank == 3 || rank == 4) {
    int64_t *image = sizes + rank - 3;
    int first = image[0] == 3 ? 1 : 0;
    if (first == 1 || image[2] == 3) {
      if (image[first] == 0) image[first] = height;
      if (image[first + 1] == 0) image[first + 1] = width;
    }
  }
  for (int64_t axis = 0; axis < rank; axis++) {
    if (sizes[axis] <= 0) return false;
  }
  return true;
}

COVStatus cov_model_load(
    const char *path, int32_t threads, const char *precision, const char *mode, int32_t width,
    int32_t height, COVModel *out) {
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
  int64_t sizes[COVRankLimit];
  if (known_sizes(shape, width, height, sizes)) {
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

static COVElement element(ov_element_type_e type) {
  switch (type) {
  case F32: return COVElementFloat32;
  case U8: return COVElementUInt8;
  case I8: return COVElementInt8;
  case I32: return COVElementInt32;
  case I64: return COVElementInt64;
  case F16: return COVElementFloat16;
  case F64: return COVElementFloat64;
  default: return COVElementOther;
  }
}

// Fills name and shape from a port, which is freed.
static COVStatus described(
    ov_output_const_port_t *port, char *name, int32_t size, COVShape *out) {
  COVStatus result = 0;
  ov_element_type_e type;
  ov_partial_shape_t shape = {0};
  bool has_shape = false;
  char *text = NULL;
  CHECK("port", ov_port_get_element_type(port, &type));
  CHECK("port", ov_port_get_partial_shape(port, &shape));
  has_shape = true;
  // A port may have no name.
  if (ov_port_get_any_name(port, &text) == OK) {
    snprintf(name, size, "%s", text);
    ov_free(text);
  } else if (size > 0) {
    name[0] = 0;
  }
  out->element = element(type);
  bool is_known = shape.rank.min == shape.rank.max && shape.rank.max <= COVRankLimit;
  out->rank = is_known ? (int32_t)shape.rank.max : -1;
  for (int32_t axis = 0; axis < out->rank; axis++) {
    out->sizes[axis] =
        shape.dims[axis].min == shape.dims[axis].max ? shape.dims[axis].max : -1;
  }
done:
  if (has_shape) ov_partial_shape_free(&shape);
  ov_output_const_port_free(port);
  return result;
}

int32_t cov_model_input_count(COVModel handle) {
  size_t count = 0;
  if (ov_compiled_model_inputs_size(((Model *)handle.pointer)->compiled, &count) != OK) return 0;
  return (int32_t)count;
}

int32_t cov_model_output_count(COVModel handle) {
  size_t count = 0;
  if (ov_compiled_model_outputs_size(((Model *)handle.pointer)->compiled, &count) != OK) return 0;
  return (int32_t)count;
}

COVStatus cov_model_input(
    COVModel handle, int32_t index, char *name, int32_t size, COVShape *shape) {
  COVStatus result = 0;
  ov_output_const_port_t *port = NULL;
  CHECK("input", ov_compiled_model_input_by_index(
                     ((Model *)handle.pointer)->compiled, (size_t)index, &port));
  return described(port, name, size, shape);
done:
  return result;
}

COVStatus cov_model_output(
    COVModel handle, int32_t index, char *name, int32_t size, COVShape *shape) {
  COVStatus result = 0;
  ov_output_const_port_t *port = NULL;
  CHECK("output", ov_compiled_model_output_by_index(
                      ((Model *)handle.pointer)->compiled, (size_t)index, &port));
  return described(port, name, size, shape);
done:
  return result;
}

COVStatus cov_model_output_named(COVModel handle, const char *name, COVShape *shape) {
  COVStatus result = 0;
  ov_output_const_port_t *port = NULL;
  CHECK("output", ov_compiled_model_output_by_name(
                      ((Model *)handle.pointer)->compiled, name, &port));
  return described(port, NULL, 0, shape);
done:
  return result;
}

COVStatus cov_model_precision(COVModel handle, char *name, int32_t size) {
  COVStatus result = 0;
  Model *model = handle.pointer;
  char *text = NULL;
  CHECK("precision", ov_compiled_model_get_property(
                         model->compiled, ov_property_key_hint_inference_precision, &text));
  snprintf(name, size, "%s", text);
  ov_free(text);
done:
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

static COVStatus contents(ov_tensor_t *tensor, void **data, COVShape *out) {
  COVStatus result = 0;
  ov_element_type_e type;
  ov_shape_t shape = {0};
  CHECK("tensor", ov_tensor_get_element_type(tensor, &type));
  size_t count = 0;
  CHECK("tensor", ov_tensor_get_size(tensor, &count));
  // The C interface calls the shape of a single number, which has no dimensions, an error.
  ov_status_e shape_status = ov_tensor_get_shape(tensor, &shape);
  if (shape_status != OK && count != 1) CHECK("tensor", shape_status);
  if (shape_status != OK) shape = (ov_shape_t){0};
  out->element = element(type);
  out->rank = shape.rank <= COVRankLimit ? (int32_t)shape.rank : -1;
  for (int32_t axis = 0; axis < out->rank; axis++) out->sizes[axis] = shape.dims[axis];
  // Without elements there is no memory, and OpenVINO calls asking for it an error.
  *data = NULL;
  if (count > 0) CHECK("tensor", ov_tensor_data(tensor, data));
done:
  if (shape.dims) ov_shape_free(&shape);
  return result;
}

COVStatus cov_request_input(COVRequest handle, void **data, COVShape *shape) {
  return contents(((Request *)handle.pointer)->input, data, shape);
}

COVStatus cov_request_run(COVRequest handle) {
  COVStatus result = 0;
  Request *request = handle.pointer;
  CHECK("run", ov_infer_request_infer(request->request));
done:
  return result;
}

COVStatus cov_request_output(
    COVRequest handle, const char *name, const void **data, COVShape *shape) {
  COVStatus result = 0;
  Request *request = handle.pointer;
  ov_tensor_t *tensor = NULL;
  void *bytes = NULL;
  CHECK("output", ov_infer_request_get_tensor(request->request, name, &tensor));
  result = contents(tensor, &bytes, shape);
  *data = bytes;
done:
  // The request keeps the memory; this was a reference to it.
  if (tensor) ov_tensor_free(tensor);
  return result;
}

"""Checks Core ML packages and computes their programs for one image: check_coreml.py IMAGE FOLDER PACKAGE…

coremltools loads the program, which checks the type of every operation; NumPy computes it here, operation by
operation, because Core ML itself runs on Apple's systems alone. IMAGE is raw float32, [3, H, W] of grey levels.
Writes each output of the first program to FOLDER/0-NAME.bin as raw float32, of the second to FOLDER/1-NAME.bin.
Prints JSON, a list: specification, operator set, operations, shapes of the outputs, metadata, and of a pipeline class
names and thresholds. A package that is damaged is refused: one line on standard error, and 1.
"""

import json
import logging
import pathlib
import sys

logging.disable(logging.WARNING)

import coremltools as ct  # noqa: E402
import numpy as np  # noqa: E402
from coremltools.converters.mil.frontend.milproto.load import load as load_program  # noqa: E402
from coremltools.converters.mil.mil import types  # noqa: E402

ALIGNMENT = 64
RECORD_MARK = 0xDEADBEEF


class Fault(Exception):
    pass


def expect(condition, place, expected, found):
    if not condition:
        raise Fault(f"{place}: expected {expected}, found {found}")


# The folder


def package_files(package):
    """The model file and the folder of weights that the manifest names."""
    path = package / "Manifest.json"
    try:
        manifest = json.loads(path.read_text())
        items = manifest["itemInfoEntries"]
        model = package / "Data" / items[manifest["rootModelIdentifier"]]["path"]
        (weights,) = [package / "Data" / item["path"] for item in items.values() if item["name"] == "weights"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Fault(f"{path}: expected the manifest of a package, found {type(error).__name__}: {error}")
    expect(manifest.get("fileFormatVersion") == "1.0.0", path, "version 1.0.0", manifest.get("fileFormatVersion"))
    expect(model.is_file(), model, "a file", "none")
    expect(weights.is_dir(), weights, "a folder", "none")
    return model, weights


def check_weights(path):
    """Follows the records of a file of weights; returns element type and bytes by the record's place."""
    data = path.read_bytes()
    expect(len(data) >= ALIGNMENT, path, f"{ALIGNMENT} bytes or more", len(data))
    count, version = np.frombuffer(data, "<u4", 2)
    expect(version == 2, path, "version 2", version)
    arrays, place = {}, ALIGNMENT
    for _ in range(count):
        record = f"{path}, record at {place}"
        expect(place + ALIGNMENT <= len(data), record, f"{ALIGNMENT} bytes", len(data) - place)
        mark, kind = np.frombuffer(data, "<u4", 2, place)
        size, start = (int(number) for number in np.frombuffer(data, "<u8", 2, place + 8))
        expect(mark == RECORD_MARK, record, hex(RECORD_MARK), hex(mark))
        expect(kind == 2, record, "element type 2, float32", kind)
        expect(start == place + ALIGNMENT, record, f"data at {place + ALIGNMENT}", start)
        expect(start + size <= len(data), record, f"{size} bytes of data", len(data) - start)
        arrays[place] = size
        place = -(-(start + size) // ALIGNMENT) * ALIGNMENT
    expect(place == len(data), path, f"an end at {place}", len(data))
    return arrays


# The specification


def tensor_type(value):
    tensor = value.tensorType
    return tensor.dataType, [dimension.constant.size for dimension in tensor.dimensions]


def check_block(block, arrays, input_name):
    """Every name is given once, before it is taken, and every large constant is a record of the weights."""
    given, used = {input_name}, set()
    for operation in block.operations:
        (output,) = operation.outputs
        for argument in operation.inputs.values():
            for binding in argument.arguments:
                expect(binding.name in given, output.name, "an earlier value", binding.name)
        expect(output.name not in given, output.name, "a new name", "a second value")
        given.add(output.name)
        value = operation.attributes["val"] if operation.type == "const" else None
        if value is None or value.WhichOneof("value") != "blobFileValue":
            continue
        place = value.blobFileValue.offset
        expect(
            value.blobFileValue.fileName == "@model_path/weights/weight.bin", output.name, "weights/weight.bin",
            value.blobFileValue.fileName)
        expect(place in arrays, output.name, "the place of a record of the weights", place)
        size = int(np.prod(tensor_type(value.type)[1])) * 4
        expect(arrays[place] == size, output.name, f"{size} bytes of weights", arrays[place])
        expect(place not in used, output.name, "weights of its own", "those of another constant")
        used.add(place)
    expect(used == set(arrays), "weight.bin", f"{len(used)} arrays, as the program has", len(arrays))
    for name in block.outputs:
        expect(name in given, name, "an output that an operation gives", "none")


def check_types(block, program):
    """What the file says of each value is what coremltools derives from the operations."""
    derived = {output.name: output for operation in program.functions["main"].operations for output in operation.outputs}
    numbers = {types.fp32: 11, types.bool: 1}
    for operation in block.operations:
        if operation.type == "const":
            continue
        (output,) = operation.outputs
        expect(output.name in derived, output.name, "a value of the loaded program", "none")
        found = derived[output.name]
        expected = (numbers.get(found.dtype), list(found.shape))
        expect(tensor_type(output.type) == expected, output.name, expected, tensor_type(output.type))


def check_features(features, outputs):
    for feature in features:
        array = feature.type.multiArrayType
        kind = ct.proto.FeatureTypes_pb2.ArrayFeatureType.FLOAT32
        expect(array.dataType == kind, feature.name, "float32", array.dataType)
        expect(feature.name in outputs, feature.name, "an output of the program", "none")
        shape = list(outputs[feature.name])
        expect(list(array.shape) == shape, feature.name, shape, list(array.shape))
    expect(len(features) == len(outputs), "outputs", f"{len(outputs)} described", len(features))


def pipeline_facts(spec):
    """Checks that the second model of a pipeline goes on where the first one ends, and returns what it says."""
    models = spec.pipeline.models
    expect(len(models) == 2, "pipeline", "two models", len(models))
    network, last = models
    expect(last.WhichOneof("Type") == "nonMaximumSuppression", "pipeline", "nonMaximumSuppression", last.WhichOneof("Type"))
    suppression = last.nonMaximumSuppression
    names = [feature.name for feature in last.description.input]
    used = [
        suppression.confidenceInputFeatureName, suppression.coordinatesInputFeatureName,
        suppression.iouThresholdInputFeatureName, suppression.confidenceThresholdInputFeatureName,
    ]
    expect(names == used, "inputs of the suppression", used, names)
    outputs = [feature.name for feature in network.description.output]
    expect(outputs == names[:2], "outputs of the network", names[:2], outputs)
    for feature in last.description.input[2:]:
        kind = (feature.type.WhichOneof("Type"), feature.type.isOptional)
        expect(kind == ("doubleType", True), feature.name, ("doubleType", True), kind)
    expect(
        list(spec.description.input) == list(network.description.input) + list(last.description.input[2:]),
        "inputs of the pipeline", "those of its models", [feature.name for feature in spec.description.input])
    expect(
        list(spec.description.output) == list(last.description.output), "outputs of the pipeline",
        "those of the suppression", [feature.name for feature in spec.description.output])
    labels = list(suppression.stringClassLabels.vector)
    columns = network.description.output[0].type.multiArrayType.shape[1]
    expect(len(labels) == columns, "class labels", columns, len(labels))
    expect(suppression.pickTop.perClass, "pickTop.perClass", True, False)
    return {
        "classNames": labels, "iouThreshold": suppression.iouThreshold,
        "confidenceThreshold": suppression.confidenceThreshold,
        "inputs": [feature.name for feature in spec.description.input],
        "outputs": [feature.name for feature in spec.description.output],
    }


# The program


def padded(x, pad, value):
    (top, bottom, left, right) = (int(number) for number in pad)
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=value)


def convolution(x, weight, strides, pad, dilations, groups, bias=None, **_):
    x = padded(x, pad, 0)[0]
    outputs, inputs, kernel_rows, kernel_columns = weight.shape
    (row_stride, column_stride), (row_step, column_step) = strides, dilations
    rows = (x.shape[1] - row_step * (kernel_rows - 1) - 1) // row_stride + 1
    columns = (x.shape[2] - column_step * (kernel_columns - 1) - 1) // column_stride + 1
    x = x.reshape(groups, inputs, *x.shape[1:])
    weight = weight.reshape(groups, outputs // groups, inputs, kernel_rows, kernel_columns)
    result = np.zeros((groups, outputs // groups, rows * columns), x.dtype)
    # One pixel of the window after the other: a matrix of all windows of a large map takes gigabytes.
    for row in range(kernel_rows):
        for column in range(kernel_columns):
            part = x[
                :, :, row * row_step:row * row_step + (rows - 1) * row_stride + 1:row_stride,
                column * column_step:column * column_step + (columns - 1) * column_stride + 1:column_stride]
            result += weight[..., row, column] @ np.ascontiguousarray(part).reshape(groups, inputs, -1)
    result = result.reshape(1, outputs, rows, columns)
    return result if bias is None else result + bias.reshape(1, -1, 1, 1)


def max_pool(x, kernel_sizes, strides, pad, ceil_mode, shape, **_):
    # Behind the end as far as the last window reaches, which ceil_mode lets begin before it.
    rows, columns = shape[2:]
    need = [(size - 1) * stride + kernel for size, stride, kernel in zip((rows, columns), strides, kernel_sizes)]
    have = [x.shape[2] + pad[0] + pad[1], x.shape[3] + pad[2] + pad[3]]
    rest = [max(0, wanted - there) for wanted, there in zip(need, have)]
    x = padded(x, (pad[0], pad[1] + rest[0], pad[2], pad[3] + rest[1]), -np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(x, tuple(kernel_sizes), axis=(2, 3))
    return windows[:, :, ::strides[0], ::strides[1]].max(axis=(4, 5))[:, :, :rows, :columns]


def softmax(x, axis):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def batch_norm(x, mean, variance, gamma, beta, epsilon):
    mean, variance, gamma, beta = (values.reshape(1, -1, 1, 1) for values in (mean, variance, gamma, beta))
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def slice_by_index(x, begin, end, **_):
    return x[tuple(slice(start, stop) for start, stop in zip(begin, end))]


def reduced(function):
    return lambda x, axes, keep_dims: function(x, axis=tuple(axes), keepdims=bool(keep_dims))


def upsampled(x, scale_factor_height, scale_factor_width):
    return x.repeat(int(scale_factor_height), axis=2).repeat(int(scale_factor_width), axis=3)


OPERATIONS = {
    "add": lambda x, y: x + y,
    "batch_norm": batch_norm,
    "cast": lambda x, dtype: x.astype({"fp32": COMPUTED}[dtype]),
    "clip": lambda x, alpha, beta: np.clip(x, alpha, beta),
    "concat": lambda values, axis, interleave: np.concatenate(values, axis=axis),
    "equal": lambda x, y: x == y,
    "exp": lambda x: np.exp(x),
    "gather": lambda x, indices, axis, **_: np.take(x, indices, axis=axis),
    "greater": lambda x, y: x > y,
    "identity": lambda x: x,
    "maximum": lambda x, y: np.maximum(x, y),
    "minimum": lambda x, y: np.minimum(x, y),
    "mul": lambda x, y: x * y,
    "pad": lambda x, pad, mode, constant_val: np.pad(
        x, np.reshape(pad, (-1, 2)).astype(int), mode=mode, constant_values=constant_val),
    "real_div": lambda x, y: x / y,
    "reduce_l2_norm": reduced(lambda x, **where: np.sqrt((x * x).sum(**where))),
    "reduce_max": reduced(np.max),
    "reduce_mean": reduced(np.mean),
    "reduce_min": reduced(np.min),
    "reduce_sum": reduced(np.sum),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "reshape": lambda x, shape: x.reshape(shape),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sigmoid_hard": lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1),
    "slice_by_index": slice_by_index,
    "softmax": softmax,
    "sub": lambda x, y: x - y,
    "transpose": lambda x, perm: x.transpose(perm),
    "upsample_nearest_neighbor": upsampled,
}
# In double precision: what differs from another engine is then that engine's rounding alone.
COMPUTED = np.float64


def computed(program, image):
    """The outputs of a loaded program by name."""
    function = program.functions["main"]
    (name,) = function.inputs
    values = {function.inputs[name]: image.astype(COMPUTED)}

    def value(given):
        if isinstance(given, (list, tuple)):
            return [value(part) for part in given]
        if given in values:
            return values[given]
        found = given.val
        is_float = isinstance(found, (np.ndarray, np.generic)) and found.dtype.kind == "f"
        return found.astype(COMPUTED) if is_float else found

    uses = {}
    for operation in function.operations:
        for given in operation.inputs.values():
            for part in given if isinstance(given, (list, tuple)) else [given]:
                uses[part] = uses.get(part, 0) + 1
    for operation in function.operations:
        if operation.op_type == "const":
            continue
        # Those that the file does not give are not asked for: they have MIL's defaults.
        given = {name: value(part) for name, part in operation.inputs.items() if part is not None}
        (output,) = operation.outputs
        if operation.op_type == "conv":
            result = convolution(**given)
        elif operation.op_type == "max_pool":
            result = max_pool(shape=output.shape, **given)
        else:
            expect(operation.op_type in OPERATIONS, output.name, "an operation that is known here", operation.op_type)
            result = OPERATIONS[operation.op_type](**given)
        expect(result.shape == tuple(output.shape), output.name, tuple(output.shape), result.shape)
        values[output] = result
        # Large maps are let go where nothing takes them any more.
        for given in operation.inputs.values():
            for part in given if isinstance(given, (list, tuple)) else [given]:
                uses[part] -= 1
                if uses[part] == 0 and part not in function.outputs:
                    values.pop(part, None)
    return {output.name: values[output] for output in function.outputs}


def check(package, source, prefix):
    model, weights = package_files(package)
    try:
        spec = ct.utils.load_spec(str(model))
    except Exception as error:
        raise Fault(f"{model}: expected a model of Core ML, found {type(error).__name__}: {error}")
    arrays = check_weights(weights / "weight.bin")
    result = {"specification": spec.specificationVersion, "metadata": dict(spec.description.metadata.userDefined)}
    network = spec
    if spec.WhichOneof("Type") == "pipeline":
        result["pipeline"] = pipeline_facts(spec)
        network = spec.pipeline.models[0]
    expect(network.WhichOneof("Type") == "mlProgram", model, "a program", network.WhichOneof("Type"))
    (feature,) = network.description.input
    image = feature.type.imageType
    rgb = ct.proto.FeatureTypes_pb2.ImageFeatureType.RGB
    expect(image.colorSpace == rgb, feature.name, "RGB", image.colorSpace)
    function = network.mlProgram.functions["main"]
    shape = [1, 3, image.height, image.width]
    expect(
        [(value.name, tensor_type(value.type)[1]) for value in function.inputs] == [(feature.name, shape)],
        feature.name, shape, [tensor_type(value.type)[1] for value in function.inputs])
    block = function.block_specializations[function.opset]
    check_block(block, arrays, feature.name)
    try:
        program = load_program(network, network.specificationVersion, str(weights))
    except Exception as error:
        raise Fault(f"{model}: not loaded by coremltools: {type(error).__name__}: {error}")
    check_types(block, program)
    outputs = {output.name: output.shape for output in program.functions["main"].outputs}
    check_features(network.description.output, outputs)
    result["opset"] = function.opset
    result["operations"] = sorted({operation.type for operation in block.operations} - {"const"})
    pixels = np.fromfile(source, np.float32)
    expect(pixels.size == np.prod(shape), source, f"{np.prod(shape)} values", pixels.size)
    result["shapes"] = {}
    for name, values in computed(program, pixels.reshape(shape)).items():
        values.astype(np.float32).tofile(f"{prefix}{name}.bin")
        result["shapes"][name] = list(values.shape)
    return result


try:
    source, folder, *packages = sys.argv[1:]
    print(json.dumps([
        check(pathlib.Path(package), source, f"{folder}/{index}-") for index, package in enumerate(packages)
    ]))
except Fault as fault:
    print(f"check_coreml: {fault}", file=sys.stderr)
    sys.exit(1)

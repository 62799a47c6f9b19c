"""Makes TensorFlow Lite models that end in TFLite_Detection_PostProcess, and what LiteRT finds with them.

    python3 -m pip install ai-edge-litert==2.3.0 flatbuffers==25.12.19 numpy Pillow==13.0.0
    python3 Scripts/goldens/detection_operator.py ../shared Tests/OpenVINODetectorTests FOLDER

The operator is added to the shared quantised SSD, which was cut before it. Models of 4 MB go to FOLDER, which no test needs:
tests put them together from the shared one by Fixtures/NAME.patch, lines of `copy OFFSET COUNT` and `bytes BASE64`. What
LiteRT finds goes to Goldens/detection-operator.json. No randomness. (With 8-bit offsets LiteRT takes anchors of 8 bit alone.)

    quantised   8 bit, the usual options: boxes suppress each other whatever their classes; labels as metadata
    regular     8 bit, suppression within each class
    float       offsets and scores are dequantised first, as a float network has them; no labels
    small       a network of its own, of three boxes, each with two classes, for readers that are fed hostile bytes
"""

import base64
import io
import json
import sys
import zipfile

import flatbuffers
import numpy as np
import PIL
from ai_edge_litert import interpreter as litert
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers
from PIL import Image

shared, tests, folder = sys.argv[1:]
SSD = f"{shared}/models/ssd_mobilenet_v1_coco"
IMAGES = ["bird.bmp", "cat.bmp", "cat_720p.jpg", "face.jpg", "grace_hopper.bmp", "pets.jpg"]
NAME = b"TFLite_Detection_PostProcess"
USUAL = {
    "max_detections": 20, "max_classes_per_detection": 1, "detections_per_class": 100, "nms_score_threshold": 1e-8,
    "nms_iou_threshold": 0.6, "num_classes": 90, "y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0,
    "use_regular_nms": False,
}


def read(path):
    return schema.ModelT.InitFromPackedBuf(open(path, "rb").read(), 0)


def packed(model):
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def options(values):
    builder = flexbuffers.Builder()
    with builder.Map():
        for key, value in values.items():
            builder.Key(key)
            if isinstance(value, bool):
                builder.Bool(value)
            elif isinstance(value, int):
                builder.Int(value)
            else:
                builder.Float(value, 4)
    return list(builder.Finish())


def tensor(graph, model, name, shape, kind, data=None, quantization=None):
    buffer = schema.BufferT()
    if data is not None:
        buffer.data = np.frombuffer(data, np.uint8)
    model.buffers.append(buffer)
    value = schema.TensorT()
    value.name, value.shape, value.type, value.buffer = name.encode(), list(shape), kind, len(model.buffers) - 1
    value.quantization = quantization
    graph.tensors.append(value)
    return len(graph.tensors) - 1


def quantized(scale, zero):
    value = schema.QuantizationParametersT()
    value.scale, value.zeroPoint = [scale], [zero]
    return value


def code(model, builtin, custom=None):
    value = schema.OperatorCodeT()
    value.builtinCode, value.deprecatedBuiltinCode, value.customCode, value.version = builtin, min(builtin, 127), custom, 1
    model.operatorCodes.append(value)
    return len(model.operatorCodes) - 1


def operator(graph, opcode, inputs, outputs, custom=None):
    value = schema.OperatorT()
    value.opcodeIndex, value.inputs, value.outputs, value.customOptions = opcode, inputs, outputs, custom
    graph.operators.append(value)


def default_boxes():
    """As cy, cx, h, w."""
    content = open(f"{SSD}/default_boxes.safetensors", "rb").read()
    size = int.from_bytes(content[:8], "little")
    entry = json.loads(content[8:8 + size])["default_boxes"]
    first, last = entry["data_offsets"]
    boxes = np.frombuffer(content[8 + size + first:8 + size + last], np.float32).reshape(entry["shape"])
    return boxes[:, [1, 0, 3, 2]].copy()


def end_with_operator(model, boxes, values, anchors=None):
    """Adds the operator behind the first two outputs, which are offsets and scores."""
    graph = model.subgraphs[0]
    # The cut file's list of codes may still hold the operator's.
    names = [entry.customCode for entry in model.operatorCodes]
    opcode = names.index(NAME) if NAME in names else code(model, schema.BuiltinOperator.CUSTOM, NAME)
    kind, data, quantization = schema.TensorType.FLOAT32, boxes.astype(np.float32).tobytes(), None
    if anchors:
        scale, zero = anchors
        stored = np.clip(np.round(boxes / scale) + zero, 0, 255).astype(np.uint8)
        kind, data, quantization = schema.TensorType.UINT8, stored.tobytes(), quantized(scale, zero)
    constant = tensor(graph, model, "anchors", boxes.shape, kind, data, quantization)
    count = values["max_detections"] * (1 if values["use_regular_nms"] else values["max_classes_per_detection"])
    shapes = [(1, count, 4), (1, count), (1, count), (1,)]
    found = [
        tensor(graph, model, NAME.decode() + (f":{index}" if index else ""), shape, schema.TensorType.FLOAT32)
        for index, shape in enumerate(shapes)
    ]
    operator(graph, opcode, [*list(graph.outputs)[:2], constant], found, options(values))
    graph.outputs = found
    return model


def dequantized(model):
    graph = model.subgraphs[0]
    opcode = code(model, schema.BuiltinOperator.DEQUANTIZE)
    outputs = []
    for index in graph.outputs:
        source = graph.tensors[index]
        outputs.append(tensor(graph, model, source.name.decode() + "_float", source.shape, schema.TensorType.FLOAT32))
        operator(graph, opcode, [index], outputs[-1:])
    graph.outputs = outputs
    return model


def metadata(labels):
    """TensorFlow Lite's metadata with a normalization of the input and a file of labels, and that file as an archive."""
    builder = flatbuffers.Builder(256)

    def vector(offsets):
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()

    def floats(values):
        builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            builder.PrependFloat32(value)
        return builder.EndVector()

    def table(count, fields):
        builder.StartObject(count)
        for number, (kind, value) in fields.items():
            getattr(builder, f"Prepend{kind}Slot")(number, value, 0)
        return builder.EndObject()

    offset = "UOffsetTRelative"
    mean, deviation = floats([127.5]), floats([127.5])
    normalization = table(2, {0: (offset, mean), 1: (offset, deviation)})
    unit = table(2, {0: ("Uint8", 1), 1: (offset, normalization)})
    units = vector([unit])
    image = table(7, {4: (offset, units)})
    name = builder.CreateString("labelmap.txt")
    file = table(5, {0: (offset, name), 2: ("Int8", 2)})
    files = vector([file])
    classes = table(7, {6: (offset, files)})
    boxes = table(7, {})
    inputs, outputs = vector([image]), vector([boxes, classes])
    graph = table(9, {2: (offset, inputs), 3: (offset, outputs)})
    graphs = vector([graph])
    builder.Finish(table(8, {3: (offset, graphs)}), b"M001")
    return bytes(builder.Output()), labels


def with_metadata(model, labels):
    content, _ = metadata(labels)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8)
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = b"TFLITE_METADATA", len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    stream = io.BytesIO(packed(model))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(zipfile.ZipInfo("labelmap.txt", (1980, 1, 1, 0, 0, 0)), "\n".join(labels) + "\n")
    return stream.getvalue()


def small():
    """One input of 4 × 4 pixels whose mean is added to constants: offsets and scores of three boxes and two classes."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.description = 3, b"small"
    model.buffers, model.subgraphs, model.operatorCodes = [schema.BufferT()], [graph], []
    graph.tensors, graph.operators = [], []
    floating = schema.TensorType.FLOAT32
    image = tensor(graph, model, "image", (1, 4, 4, 3), floating)
    axes = tensor(graph, model, "axes", (3,), schema.TensorType.INT32, np.array([1, 2, 3], np.int32).tobytes())
    mean = tensor(graph, model, "mean", (1,), floating)
    nothing = tensor(graph, model, "nothing", (1,), floating, np.zeros(1, np.float32).tobytes())
    zero = tensor(graph, model, "zero", (1,), floating)
    # Six numbers a box, of which the last two are no offsets.
    offsets = np.array([[[1, 2, 0, 0, 9, 9], [0, 0, 1, -1, 9, 9], [0, 0, 0, 0, 9, 9]]], np.float32)
    scores = np.array([[[0.1, 0.8, 0.7], [0.2, 0.3, 0.6], [0.3, 0.55, 0.1]]], np.float32)
    graph.inputs, graph.outputs = [image], []
    reduce, multiply, add = (code(model, kind) for kind in (
        schema.BuiltinOperator.MEAN, schema.BuiltinOperator.MUL, schema.BuiltinOperator.ADD))
    operator(graph, reduce, [image, axes], [mean])
    graph.operators[-1].builtinOptionsType, graph.operators[-1].builtinOptions = (
        schema.BuiltinOptions.ReducerOptions, schema.ReducerOptionsT())
    operator(graph, multiply, [mean, nothing], [zero])
    graph.operators[-1].builtinOptionsType, graph.operators[-1].builtinOptions = (
        schema.BuiltinOptions.MulOptions, schema.MulOptionsT())
    for name, values in (("offsets", offsets), ("scores", scores)):
        constant = tensor(graph, model, f"{name}_values", values.shape, floating, values.tobytes())
        graph.outputs.append(tensor(graph, model, name, values.shape, floating))
        operator(graph, add, [constant, zero], graph.outputs[-1:])
        graph.operators[-1].builtinOptionsType, graph.operators[-1].builtinOptions = (
            schema.BuiltinOptions.AddOptions, schema.AddOptionsT())
    boxes = np.array([[0.3, 0.3, 0.2, 0.4], [0.6, 0.6, 0.2, 0.2], [0.5, 0.5, 0.8, 0.8]], np.float32)
    return model, boxes


def found_by_litert(content, values, size, images):
    runner = litert.Interpreter(model_content=content)
    runner.allocate_tensors()
    port = runner.get_input_details()[0]
    outputs = sorted(runner.get_output_details(), key=lambda entry: entry["name"])
    result = []
    for name in images:
        pixels = np.asarray(Image.open(f"{shared}/images/{name}").convert("RGB").resize((size, size), Image.Resampling.BILINEAR))
        pixels = pixels if port["dtype"] == np.uint8 else (pixels.astype(np.float32) - 127.5) / 127.5
        runner.set_tensor(port["index"], pixels[None].astype(port["dtype"]))
        runner.invoke()
        boxes, classes, scores, count = (runner.get_tensor(entry["index"])[0] for entry in outputs)
        # The count is that of boxes.
        count = int(count) * (1 if values["use_regular_nms"] else values["max_classes_per_detection"])
        result.append({
            "image": name,
            # Counted from 0, without the background; boxes as yMin, xMin, yMax, xMax in shares of the image.
            "classes": [int(value) for value in classes[:count]],
            "scores": [float(value) for value in scores[:count]],
            "boxes": [[float(number) for number in box] for box in boxes[:count]],
        })
    return result


def patch(content):
    """Lines that make the content of the shared model: its weights stand in both."""
    source, lines, done = open(heads, "rb").read(), [], 0
    places = []
    for buffer in read(heads).buffers:
        data = b"" if buffer.data is None else bytes(bytearray(buffer.data))
        if len(data) >= 64 and content.find(data) >= 0:
            places.append((content.find(data), source.find(data), len(data)))
    for place, origin, count in sorted(places):
        if place < done:
            continue
        lines += [f"bytes {base64.b64encode(content[done:place]).decode()}", f"copy {origin} {count}"]
        done = place + count
    return "\n".join(lines + [f"bytes {base64.b64encode(content[done:]).decode()}"]) + "\n"


labels = open(f"{SSD}/labelmap.txt").read().splitlines()
heads = f"{SSD}/ssd_mobilenet_v1_coco_quant_heads.tflite"
models, golden = {}, {}
values = dict(USUAL)
models["quantised"] = (with_metadata(end_with_operator(read(heads), default_boxes(), values, (0.0078125, 64)), labels), values, 300)
values = USUAL | {"use_regular_nms": True}
models["regular"] = (packed(end_with_operator(read(heads), default_boxes(), values, (0.0078125, 64))), values, 300)
values = dict(USUAL)
models["float"] = (packed(end_with_operator(dequantized(read(heads)), default_boxes(), values)), values, 300)
model, boxes = small()
values = USUAL | {"num_classes": 2, "max_detections": 3, "max_classes_per_detection": 2, "nms_score_threshold": 0.2}
models["small"] = (with_metadata(end_with_operator(model, boxes, values), ["one", "two"]), values, 4)
for name, (content, values, size) in models.items():
    with open(f"{folder}/{name}.tflite", "wb") as file:
        file.write(content)
    if size == 300:
        with open(f"{tests}/Fixtures/{name}.patch", "w") as file:
            file.write(patch(content))
    golden[name] = found_by_litert(content, values, size, IMAGES if size == 300 else IMAGES[:1])
    print(name, len(content), [(entry["image"], len(entry["scores"]), entry["scores"][:3]) for entry in golden[name]])
with open(f"{tests}/../ModelFilesTests/Fixtures/small.tflite", "wb") as file:
    file.write(models["small"][0])
with open(f"{tests}/Goldens/detection-operator.json", "w") as file:
    json.dump({"litert": "2.3.0", "pillow": PIL.__version__, "models": golden}, file)
    file.write("\n")

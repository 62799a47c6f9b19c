"""Makes what TensorFlow's SSD on MobileNet-v1 computes of noise, in float32 from its dequantised TFLite file: layer by
layer as the file has them, padded as TensorFlow pads.

    python3 -m pip install torch==2.15.0 numpy
    python3 Scripts/goldens/tensorflow_ssd.py ../shared/models/ssd_mobilenet_v1_coco Tests/SSDModelsTests/Goldens

With `weights` for the first folder it prints the first elements of the three networks' initial weights, of which the
golden initial-weights has a part, by PyTorch's own generator.
"""

import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F
from draws import uniform

torch.set_num_threads(1)


class Table:
    """A table of a FlatBuffer; fields by number."""

    def __init__(self, data, position):
        self.data, self.position = data, position
        self.fields = position - struct.unpack_from("<i", data, position)[0]
        self.count = struct.unpack_from("<H", data, self.fields)[0] // 2 - 2

    def place(self, field):
        offset = struct.unpack_from("<H", self.data, self.fields + 4 + 2 * field)[0] if field < self.count else 0
        return self.position + offset if offset else None

    def target(self, place):
        return place + struct.unpack_from("<I", self.data, place)[0]

    def number(self, field, kind="b", default=0):
        place = self.place(field)
        return default if place is None else struct.unpack_from("<" + kind, self.data, place)[0]

    def table(self, field):
        return Table(self.data, self.target(self.place(field)))

    def numbers(self, field, kind):
        if self.place(field) is None:
            return []
        start = self.target(self.place(field))
        count = struct.unpack_from("<I", self.data, start)[0]
        return list(struct.unpack_from(f"<{count}{kind}", self.data, start + 4))

    def tables(self, field):
        start = self.target(self.place(field)) + 4
        return [Table(self.data, self.target(start + 4 * i)) for i in range(len(self.numbers(field, "I")))]


def outputs(path, images):
    """Logits before the sigmoid, and offsets as y, x, h, w."""
    data = path.read_bytes()
    model = Table(data, struct.unpack_from("<I", data, 0)[0])
    graph, buffers = model.tables(2)[0], model.tables(4)
    codes = [max(code.number(0), code.number(3, "i")) for code in model.tables(1)]
    tensors = graph.tables(0)

    def constant(index):
        tensor, kinds = tensors[index], {3: np.uint8, 2: np.int32}
        raw = bytes(buffers[tensor.number(2, "I")].numbers(0, "B"))
        numbers = np.frombuffer(raw, kinds[tensor.number(1)]).astype(np.float64)
        quantization = tensor.table(4)
        values = (numbers - quantization.numbers(3, "q")[0]) * quantization.numbers(2, "f")[0]
        return torch.tensor(values.reshape(tensor.numbers(0, "i")), dtype=torch.float32)

    def before_and_after(size, window, stride):
        total = max((-(-size // stride) - 1) * stride + window - size, 0)
        return total // 2, total - total // 2

    values = {graph.numbers(1, "i")[0]: images}
    for layer in graph.tables(3):
        code, inputs, output = codes[layer.number(0, "I")], layer.numbers(1, "i"), layer.numbers(2, "i")[0]
        if code in (3, 4):  # convolution, depthwise convolution
            source, weight, options = values[inputs[0]], constant(inputs[1]), layer.table(4)
            weight = weight.permute(0, 3, 1, 2) if code == 3 else weight.permute(3, 0, 1, 2)
            stride, name = options.number(1, "i"), bytes(tensors[output].numbers(3, "B")).decode()
            assert options.number(0) == 0, "padding"
            height, width = (before_and_after(source.shape[i], weight.shape[2], stride) for i in (2, 3))
            result = F.conv2d(
                F.pad(source, (*width, *height)), weight, constant(inputs[2]), stride=stride,
                groups=source.shape[1] if code == 4 else 1)
            # The range of 8 bits cuts most of them in the file.
            values[output] = result.clamp(0, 6) if name.endswith("Relu6") else result
        elif code == 22:  # reshape
            source = values[inputs[0]]
            if not bytes(tensors[inputs[0]].numbers(3, "B")).startswith(b"concat"):
                source = source.permute(0, 2, 3, 1)
            values[output] = source.reshape(tensors[output].numbers(0, "i"))
        elif code == 2:  # concatenation
            values[output] = torch.cat([values[index] for index in inputs], 1)
        elif code == 14:  # sigmoid
            values[output] = values[inputs[0]]
        else:
            raise ValueError(f"operator {code}")
    offsets, scores = graph.numbers(2, "i")
    return values[scores], values[offsets]


def picked(tensor, name):
    values = tensor.flatten()
    indices = ((uniform("picks " + name, 300) * 0.5 + 0.5) * values.numel()).astype(int).tolist()
    return {"indices": indices, "values": values[indices].tolist()}


def chain(multiplier):
    """Name, channels, channels of the input in a group, rows of the window, and whether it is predicted on."""
    pairs = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    layers, channels, cells = [], 3, 300

    def add(name, output, window, stride=1, is_map=False):
        nonlocal channels, cells
        depthwise, output = output is None, channels if output is None else int(output * multiplier)
        side = window + (1 if stride == 2 and cells % 2 == 0 else 0)
        layers.append((name, output, 1 if depthwise else channels, side, is_map))
        channels, cells = output, -(-cells // stride)

    add("features.0", 32, 3, 2)
    for index, (output, stride) in enumerate(pairs, 1):
        add(f"features.{index}.0", None, 3, stride)
        add(f"features.{index}.1", output, 1, 1, index in (11, 13))
    for index, (between, output) in enumerate([(256, 512), (128, 256), (128, 256), (64, 128)]):
        add(f"extra.{index}.0", between, 1)
        add(f"extra.{index}.1", output, 3, 2, True)
    return layers


def first_weights(multiplier, seed, class_count=4):
    generator, result, maps = torch.Generator().manual_seed(seed), {}, []

    def draw(name, *shape):
        weight = torch.zeros(shape).normal_(0, 0.03, generator=generator)
        result[name + ".weight"] = float(weight.flatten()[0])

    for name, output, source, side, is_map in chain(multiplier):
        draw(f"backbone.{name}.0", output, source, side, side)
        if is_map:
            maps.append(output)
    for kind, rows in (("classification", class_count + 1), ("regression", 4)):
        for index, channels in enumerate(maps):
            draw(f"head.{kind}_head.module_list.{index}", (3 if index == 0 else 6) * rows, channels, 1, 1)
    return result


if sys.argv[1] == "weights":
    networks = {"ssd300-mobilenet-v1": 1, "ssd300-mobilenet-v1-0.75": 0.75, "ssd300-mobilenet-v1-0.5": 0.5}
    print(json.dumps(
        [{"network": name, "seed": seed, "first": dict(sorted(first_weights(multiplier, seed).items()))}
         for name, multiplier in networks.items() for seed in (1, 7)], indent=0))
else:
    path = pathlib.Path(sys.argv[1]) / "ssd_mobilenet_v1_coco_quant_heads.tflite"
    noise = torch.from_numpy(uniform("images", 3 * 300 * 300).reshape(1, 3, 300, 300)).float()
    with torch.no_grad():
        logits, offsets = outputs(path, noise)
    golden = {"logits": picked(logits, "logits"), "offsets": picked(offsets[..., [1, 0, 3, 2]], "offsets")}
    (pathlib.Path(sys.argv[2]) / "tensorflow-ssd.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

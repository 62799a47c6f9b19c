"""Others that make a float32 ONNX file compute with 8 bits, each as its own guide has it.

Run by itself for one of them, because what they keep of the images takes memory: peers.py NAME INPUT
OUTPUT IMAGES, the last a JSON list of paths. What our detector says of itself goes into the output.
"""

import json
import pathlib
import sys
import tempfile

import numpy
import onnx
from PIL import Image


class Pictures:
    """Images as the model's description wants them, made when they are asked for."""

    def __init__(self, model, paths):
        entry = next(entry for entry in model.metadata_props if entry.key == "multibox")
        self.specification = json.loads(entry.value)["input"]
        self.name = model.graph.input[0].name
        self.paths = paths
        known = {"resize": "stretch", "channelOrder": "rgb", "filter": "antialiased-bilinear"}
        for key, expected in known.items():
            if self.specification[key] != expected:
                sys.exit(f"peers: {key}: expected {expected}, found {self.specification[key]}")

    def __iter__(self):
        size = self.specification["width"], self.specification["height"]
        normalization = self.specification["normalization"]
        mean, deviation = (
            numpy.array(normalization[key], "float32") for key in ["mean", "standardDeviation"]
        )
        for path in self.paths:
            # Pillow, too, takes the mean over all pixels that become one.
            image = Image.open(path).convert("RGB").resize(size, Image.Resampling.BILINEAR)
            pixels = (numpy.asarray(image, "float32") - mean) / deviation
            yield numpy.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def nncf(source, output, pictures):
    """NNCF of an ONNX model, its preset for networks that know numbers below 0 in between."""
    import nncf as library

    dataset = library.Dataset(list(pictures), lambda item: {pictures.name: item})
    quantized = library.quantize(
        onnx.load(source),
        dataset,
        preset=library.QuantizationPreset.MIXED,
        subset_size=len(pictures.paths),
    )
    onnx.save(quantized, output)


def onnx_runtime(source, output, pictures):
    """ONNX Runtime's static quantization: pairs of QuantizeLinear and DequantizeLinear, weights by row."""
    from onnxruntime import quantization
    from onnxruntime.quantization import shape_inference

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.rest = iter(pictures)

        def get_next(self):
            item = next(self.rest, None)
            return None if item is None else {pictures.name: item}

    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared.onnx"
        # Shapes that depend on values, which a detector has none of, would take sympy.
        shape_inference.quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            output,
            Reader(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.MinMax,
        )


PEERS = {"nncf": nncf, "onnxruntime": onnx_runtime}


def main(name, source, output, images):
    model = onnx.load(source)
    PEERS[name](source, output, Pictures(model, json.loads(pathlib.Path(images).read_text())))
    quantized = onnx.load(output)
    del quantized.metadata_props[:]
    quantized.metadata_props.extend(model.metadata_props)
    onnx.save(quantized, output)


if __name__ == "__main__":
    main(*sys.argv[1:])

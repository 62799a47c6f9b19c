"""Checks an ONNX file and runs it with the first images: check_onnx.py MODEL INPUT FOLDER BATCH…

INPUT is raw float32. Writes each output to FOLDER/NAME-BATCH.bin as raw float32. Prints JSON: operator set,
operations, metadata, and for each batch the outputs' shapes.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

path, source, folder = sys.argv[1:4]
batches = [int(batch) for batch in sys.argv[4:]]
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
images = np.fromfile(source, np.float32).reshape([-1] + session.get_inputs()[0].shape[1:])
names = [output.name for output in session.get_outputs()]
result = {
    "opset": model.opset_import[0].version,
    "operations": sorted({node.op_type for node in model.graph.node}),
    "metadata": {entry.key: entry.value for entry in model.metadata_props},
    "shapes": [],
}
for batch in batches:
    shapes = {}
    for name, values in zip(names, session.run(names, {"images": images[:batch]})):
        values.astype(np.float32).tofile(f"{folder}/{name}-{batch}.bin")
        shapes[name] = list(values.shape)
    result["shapes"].append(shapes)
json.dump(result, sys.stdout)

"""Checks an ONNX file and runs it: check_onnx.py MODEL INPUT BATCH FOLDER.

INPUT is raw float32. Writes each output to FOLDER/NAME.bin as raw float32. Prints JSON: operator set, operations,
metadata, and the outputs' shapes.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

path, source, batch, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
shape = [batch] + session.get_inputs()[0].shape[1:]
images = np.fromfile(source, np.float32).reshape(shape)
names = [output.name for output in session.get_outputs()]
result = {
    "opset": model.opset_import[0].version,
    "operations": sorted({node.op_type for node in model.graph.node}),
    "metadata": {entry.key: entry.value for entry in model.metadata_props},
    "shapes": {},
}
for name, values in zip(names, session.run(names, {"images": images})):
    values.astype(np.float32).tofile(f"{folder}/{name}.bin")
    result["shapes"][name] = list(values.shape)
json.dump(result, sys.stdout)

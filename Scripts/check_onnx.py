"""Checks an ONNX file and runs it: check_onnx.py MODEL INPUT LOGITS OFFSETS BATCH.

INPUT, LOGITS and OFFSETS are raw float32. Prints JSON: the largest difference of each output, its largest value, and
the metadata.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

path, batch = sys.argv[1], int(sys.argv[5])
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
shape = [batch] + session.get_inputs()[0].shape[1:]
images = np.fromfile(sys.argv[2], np.float32).reshape(shape)
result = {"opset": model.opset_import[0].version, "operations": sorted({node.op_type for node in model.graph.node})}
for name, file, values in zip(["logits", "offsets"], sys.argv[3:5], session.run(["logits", "offsets"], {"images": images})):
    expected = np.fromfile(file, np.float32).reshape(values.shape)
    result[name] = {"difference": float(np.abs(values - expected).max()), "largest": float(np.abs(expected).max())}
result["metadata"] = {entry.key: entry.value for entry in model.metadata_props}
json.dump(result, sys.stdout)

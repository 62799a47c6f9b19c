"""Makes what the UltraFace detectors find in photographs, run as their authors run them.

    python3 -m pip install onnxruntime==1.32.0 Pillow==13.0.0 numpy
    python3 Scripts/goldens/ultraface.py ../shared Tests/OpenVINODetectorTests/Goldens/ultraface.json

Pillow resizes in 8 bit with its bilinear filter, ONNX Runtime computes; threshold .7, suppression at IoU .45. No randomness.
"""

import json
import sys

import numpy as np
import onnxruntime
import PIL
from PIL import Image

onnxruntime.set_default_logger_severity(3)
THRESHOLD, IOU = 0.7, 0.45
shared, output = sys.argv[1:]


def overlap(a, b):
    sides = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0)
    inter = sides[0] * sides[1]
    return inter / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - inter)


def suppressed(boxes, scores):
    kept = []
    for index in np.argsort(-scores, kind="stable"):
        if all(overlap(boxes[index], boxes[other]) <= IOU for other in kept):
            kept.append(index)
    return kept


detections, inputs = [], []
for name in ["ultraface_1.jpg", "ultraface_13.jpg", "ultraface_2.jpg"]:
    image = Image.open(f"{shared}/images/{name}").convert("RGB")
    pixels = np.asarray(image.resize((320, 240), Image.Resampling.BILINEAR))
    positions = list(range(0, pixels.size, 997))
    inputs.append({"image": name, "positions": positions, "values": pixels.reshape(-1)[positions].tolist()})
    values = ((pixels.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
    for model in ["version-RFB-320", "version-slim-320"]:
        session = onnxruntime.InferenceSession(f"{shared}/models/ultraface/{model}.onnx", providers=["CPUExecutionProvider"])
        scores, boxes = session.run(["scores", "boxes"], {session.get_inputs()[0].name: values})
        best = scores[0, :, 1] > THRESHOLD
        scores, boxes = scores[0, best, 1], np.clip(boxes[0, best], 0, 1)
        kept = suppressed(boxes, scores)
        detections.append({
            "model": model, "image": name, "scores": scores[kept].tolist(),
            "boxes": (boxes[kept] * np.array([image.width, image.height] * 2)).tolist(),
        })
with open(output, "w") as file:
    json.dump({"onnxruntime": onnxruntime.__version__, "pillow": PIL.__version__, "inputs": inputs, "detections": detections}, file)
    file.write("\n")
print([(d["model"], d["image"], len(d["scores"])) for d in detections])

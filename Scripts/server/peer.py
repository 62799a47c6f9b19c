"""The plain way to serve the same model in Python: FastAPI, uvicorn, Pillow and OpenVINO; no boxes are decoded.

MODEL=detector.onnx THREADS=2 uvicorn peer:app"""

import asyncio
import io
import json
import os
import queue
from concurrent.futures import ThreadPoolExecutor

import numpy
import openvino
from fastapi import FastAPI, HTTPException, Request
from PIL import Image, UnidentifiedImageError

core = openvino.Core()
model = core.read_model(os.environ["MODEL"])
description = json.loads(model.get_rt_info(["framework", "multibox"]).astype(str))["input"]
# One image a request, as ours.
model.reshape({model.inputs[0]: [1, 3, description["height"], description["width"]]})
compiled = core.compile_model(
    model,
    "CPU",
    {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_NUM_THREADS": int(os.environ["THREADS"])},
)
count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
idle = queue.SimpleQueue()
for _ in range(count):
    idle.put(compiled.create_infer_request())
# As many images at once as are computed.
threads = ThreadPoolExecutor(count)
normalization = description["normalization"]
mean = numpy.float32(normalization["mean"]).reshape(1, 3, 1, 1)
deviation = numpy.float32(normalization["standardDeviation"]).reshape(1, 3, 1, 1)
app = FastAPI()


def pixels(data):
    """The network's input."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image = image.resize((description["width"], description["height"]), Image.Resampling.BILINEAR)
    return (numpy.float32(image).transpose(2, 0, 1)[None] - mean) / deviation


def best(data):
    request = idle.get()
    try:
        request.infer([pixels(data)], share_inputs=True)
        logits = request.get_output_tensor(0).data[0]
        raised = numpy.exp(logits - logits.max(1, keepdims=True))
        return float((raised / raised.sum(1, keepdims=True))[:, 1:].max())
    finally:
        idle.put(request)


@app.post("/v1/detect")
async def detect(request: Request):
    data = await request.body()
    try:
        return {"best": await asyncio.get_running_loop().run_in_executor(threads, best, data)}
    except UnidentifiedImageError as error:
        raise HTTPException(422, str(error)) from error

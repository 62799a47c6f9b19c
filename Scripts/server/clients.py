"""Clients that exist: tritonclient, and Prometheus' reader of figures; schemathesis, which makes requests up."""

import base64
import io
import json
import pathlib
import re
import subprocess
import sys

import numpy
import openvino
import tritonclient.http as triton
from PIL import Image
from prometheus_client import parser

USUAL = ["counts", "boxes", "scores", "classes", "labels"]
RAW = ["logits", "offsets"]


def same(name, found, expected, tolerance=0):
    found, expected = numpy.asarray(found), numpy.asarray(expected)
    if found.shape != expected.shape:
        sys.exit(f"server: {name}: expected the shape {expected.shape}, found {found.shape}")
    if tolerance == 0 and not (found == expected).all():
        sys.exit(f"server: {name}: expected {expected}, found {found}")
    if tolerance and not numpy.allclose(found, expected, rtol=tolerance, atol=tolerance):
        sys.exit(f"server: {name}: differs by {abs(found - expected).max()}")


def network(path, image):
    """What OpenVINO in this process computes of an image that has the size of the input."""
    core = openvino.Core()
    model = core.read_model(path)
    description = json.loads(model.get_rt_info(["framework", "multibox"]).astype(str))["input"]
    normalization = description["normalization"]
    pixels = numpy.float32(image.resize((description["width"], description["height"])))
    values = (pixels - numpy.float32(normalization["mean"])) / numpy.float32(normalization["standardDeviation"])
    found = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([values.transpose(2, 0, 1)[None]])
    return [found[output][0] for output in RAW], (description["width"], description["height"])


def inference(server, name, path, image, detections, tolerance=1e-3):
    """tritonclient asks in JSON and in bytes, with pixels and with a file; all answers are those of detect."""
    client = triton.InferenceServerClient(server.url.removeprefix("http://"))
    if not (client.is_server_live() and client.is_server_ready() and client.is_model_ready(name)):
        sys.exit("server: not live or not ready")
    if "binary_tensor_data" not in client.get_server_metadata()["extensions"]:
        sys.exit("server: does not say that it has binary data")
    ports = {port["name"]: port for port in client.get_model_metadata(name)["outputs"]}
    same("outputs", list(ports), USUAL + RAW)
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    inputs = []
    for is_binary in (True, False):
        tensor = triton.InferInput("image", [1, picture.height, picture.width, 3], "UINT8")
        tensor.set_data_from_numpy(numpy.asarray(picture)[None], binary_data=is_binary)
        inputs.append(tensor)
    # Bytes behind the JSON as they are, in JSON in base64.
    for is_binary, content in ((True, image), (False, base64.b64encode(image))):
        tensor = triton.InferInput("image", [1], "BYTES")
        tensor.set_data_from_numpy(numpy.array([content], dtype=object), binary_data=is_binary)
        inputs.append(tensor)
    count = 0
    for tensor in inputs:
        asked = [None] + [
            [triton.InferRequestedOutput(output, binary_data=is_binary) for output in USUAL]
            for is_binary in (True, False)
        ]
        for outputs in asked:
            result = client.infer(name, [tensor], outputs=outputs)
            count += 1
            # A PNG has the pixels that Pillow reads of it.
            same("counts", result.as_numpy("counts"), [len(detections)])
            boxes = numpy.reshape([found["box"] for found in detections], (-1, 4))
            same("boxes", result.as_numpy("boxes"), boxes.astype("float32"), 1e-6)
            scores = numpy.array([found["score"] for found in detections], "float32")
            same("scores", result.as_numpy("scores"), scores, 1e-6)
            same("classes", result.as_numpy("classes"), [found["classIndex"] for found in detections])
            labels = [text.decode() if isinstance(text, bytes) else text for text in result.as_numpy("labels")]
            same("labels", labels, [found["class"] for found in detections])
    expected, size = network(path, picture)
    # Of the input's own size, so that nothing is resized.
    pixels = numpy.asarray(picture.resize(size))[None]
    tensor = triton.InferInput("image", list(pixels.shape), "UINT8")
    tensor.set_data_from_numpy(pixels)
    differences = {}
    for is_binary in (True, False):
        outputs = [triton.InferRequestedOutput(output, binary_data=is_binary) for output in RAW]
        result = client.infer(name, [tensor], outputs=outputs)
        count += 1
        for output, values in zip(RAW, expected):
            found = result.as_numpy(output)[0]
            same(output, found, values, tolerance)
            same(f"{output}: sizes", found.shape, ports[output]["shape"][1:])
            differences[output] = float(abs(found - values).max())
    client.close()
    return {"inferences": count, "largest_difference": differences}


def metrics(server, name, least):
    """Prometheus' own reader takes the figures, which count what was asked."""
    families = {family.name: family for family in parser.text_string_to_metric_families(server.get("/metrics").decode())}
    if not families or any(family.type == "unknown" or not family.documentation for family in families.values()):
        sys.exit(f"server: figures without type or help: {list(families)}")
    images = [sample.value for sample in families["multibox_images"].samples if sample.labels["model"] == name]
    if not images or images[0] < least:
        sys.exit(f"server: expected {least} images at least, found {images}")
    for family in families.values():
        if family.type == "histogram":
            check_histogram(family)
    return {"families": len(families), "samples": sum(len(family.samples) for family in families.values())}


def check_histogram(family):
    """Buckets rise, and the last is the count."""
    rows = {}
    for sample in family.samples:
        labels = tuple(sorted((key, value) for key, value in sample.labels.items() if key != "le"))
        rows.setdefault(labels, {}).setdefault(sample.name.removeprefix(family.name), []).append(sample.value)
    for row in rows.values():
        if row["_bucket"] != sorted(row["_bucket"]) or row["_bucket"][-1] != row["_count"][0]:
            sys.exit(f"server: {family.name}: {row}")


def schema(server, seconds, folder):
    """schemathesis makes requests from the description, and compares the answers with it."""
    program = f"{sys.prefix}/bin/schemathesis"
    configuration = pathlib.Path(__file__).resolve().parent / "schemathesis.toml"
    command = [program, "--no-color", "--config-file", configuration, "run", server.url + "/openapi.json", "--max-time", str(seconds)]
    # Until the time is over, not until it has seen some of each.
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure", "--warnings", "off"]
    command += ["--max-examples", "100000"] if seconds >= 60 else []
    # All of it is in the report; the folder .hypothesis of failures is not for the sources.
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    text = output.stdout + output.stderr
    (folder / "schemathesis.txt").write_text(text)
    if output.returncode != 0:
        sys.exit(f"server: schemathesis found something ({folder}/schemathesis.txt):\n{text[-6000:]}")
    # Where the time is over before the first request, it is content with none.
    generated = re.search(r"(\d+) generated", text)
    if not generated or int(generated[1]) < 100:
        sys.exit(f"server: schemathesis: expected 100 requests and more, found {generated and generated[0]}: give it"
                 f" more than {seconds} seconds")
    return {"seconds": seconds, "requests": int(generated[1])}

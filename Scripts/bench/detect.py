"""The bytes of a JPEG file to boxes; peers: torchvision's model, as it is or compiled, whichever is faster
here, and the inference alone of two engines.

Both sides have the same weights: untrained, but with a background so likely that as few candidates
remain as with trained ones. They are compared and timed in float32; `bfloat16` and `int8` hold the times
of ours in bfloat16, where the processor multiplies that, and with 8 bits, beside torchvision's float32 or
the engine in the same: of 8 bits both compute the same file, made as `multibox export --precision int8`
makes it, with ranges of a few made pictures.
"""

import copy
import io
import subprocess

import onnxruntime
import openvino
import photo
import processor
import torch
from detections import compare
from PIL import Image
from safetensors.torch import load_file
from torch._inductor import config as inductor
from torchvision.models import detection
from torchvision.transforms.v2 import functional

from runner import NATIVE_BUILD, THREADS, Ours, alternate, fastest, timed, work_folder

CLASSES = 21
# Of each the file, and what OpenVINO calls the numbers that the file leaves open.
PRECISIONS = {
    "float32": ("detector.onnx", "f32"),
    "bfloat16": ("detector.onnx", "bf16"),
    "int8": ("detector-int8.onnx", "f32"),
}
PICTURES = 8


def run(name, network, engine=None, rounds=15):
    torch.set_num_threads(THREADS)
    folder = work_folder(name)
    path, *others = (
        photo.write(folder / f"photo-{seed}.jpg", seed) for seed in range(1, PICTURES + 1)
    )
    export = [NATIVE_BUILD / "multibox-bench-torch", "export", "--folder", folder]
    subprocess.run(
        [*export, "--threads", str(THREADS), "--network", network, path, *others], check=True
    )
    model = load(network, folder)
    data = path.read_bytes()

    def detections(model=model):
        image = Image.open(io.BytesIO(data)).convert("RGB")
        pixels = functional.to_dtype(functional.pil_to_tensor(image), torch.float32, scale=True)
        return model([pixels])[0]

    arguments = [
        *["--model", folder / "detector.onnx", "--int8-model", folder / "detector-int8.onnx"], path
    ]
    with Ours(name, None, *arguments, executable="multibox-bench-openvino") as ours:
        with torch.inference_mode():
            torchvision, named = detections, {}
            if not engine:
                made = compiled(model)
                kinds = {"eager": detections, "torch.compile": lambda: detections(made)}
                kind = fastest(name, {kind: timed(run) for kind, run in kinds.items()})
                torchvision, named = kinds[kind], {"peer_kind": kind}
            compare(
                name,
                ours.results,
                with_area(torchvision()),
                score_tolerance=2e-4,
                box_tolerance=0.5,
                allowed=4,
            )
            found = {}
            for precision, (file, hint) in PRECISIONS.items():
                # ONNX Runtime's processor kernels know no bfloat16.
                is_known = processor.has_bfloat16() and engine is not onnx_runtime
                if precision == "bfloat16" and not is_known:
                    continue
                peer = engine(folder / file, model, data, hint) if engine else torchvision
                found[precision] = alternate(
                    f"{name}, {precision}", lambda: ours.measure(precision), timed(peer), rounds
                )
            return {**found.pop("float32"), "name": name, **named, **found}


def with_area(found):
    """Boxes that lie outside are lines after clipping: torchvision keeps them, ours drops them."""
    sides = found["boxes"][:, 2:] - found["boxes"][:, :2]
    return {name: values[(sides > 0).all(1)] for name, values in found.items()}


def load(network, folder):
    make = {
        "ssd300-vgg16": detection.ssd300_vgg16,
        "ssdlite320-mobilenet-v3-large": detection.ssdlite320_mobilenet_v3_large,
    }[network]
    model = make(weights=None, weights_backbone=None, num_classes=CLASSES).eval()
    model.load_state_dict(load_file(folder / "weights.safetensors"))
    return model


def compiled(model):
    """The model with what takes its time compiled: the boxes are as many as are found, which is no code
    for a compiler. Freezing folds the normalizations into the weights, as both engines do."""
    inductor.freezing = True
    made = copy.deepcopy(model)
    made.backbone, made.head = torch.compile(made.backbone), torch.compile(made.head)
    return made


def open_vino(path, model, data, precision):
    """Decoding the JPEG and inference of an input that is ready: no resizing, no boxes."""
    compiled = openvino.Core().compile_model(
        path,
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": THREADS,
            "INFERENCE_PRECISION_HINT": precision,
        },
    )
    request = compiled.create_infer_request()
    return inference(model, data, lambda pixels: request.infer([pixels], share_inputs=True, share_outputs=True))


def onnx_runtime(path, model, data, precision):
    """The same by ONNX Runtime, which computes what the file says."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return inference(model, data, lambda pixels: session.run(None, {name: pixels}))


def inference(model, data, infer):
    side = model.transform.fixed_size[0]
    pixels = torch.zeros(1, 3, side, side).numpy()

    def measured():
        Image.open(io.BytesIO(data)).convert("RGB")
        infer(pixels)

    return measured

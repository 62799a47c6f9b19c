"""BENCHMARKS.md: the table and what it was measured on."""

import datetime
import platform
import statistics
import subprocess

import growth
import processor
from runner import ROOT


# Of each part: the work, the peer, and the least ratio that is aimed at.
LOSS = "loss of 32 images, 8732 boxes, {} logits, both gradients"
FOCAL = "{} loss of 32 images, 8732 boxes, 81 logits, both gradients"
DETECT = "JPEG of 640 × 480 to boxes, {}, {}"
STEP = "training step, {}"
PLAIN = "; ours built without -march=native"
TORCHVISION = "torchvision"
ENGINE = "Pillow, OpenVINO in the same precision; no boxes"
ENGINE_FILE = "Pillow, OpenVINO of the same file; no boxes"
ONNX_RUNTIME = "Pillow, ONNX Runtime; no boxes"
ONNX_RUNTIME_FILE = "Pillow, ONNX Runtime of the same file; no boxes"
FASTEST = "bfloat16" if processor.has_bfloat16() else "float32"
BEST = f"torchvision in {FASTEST}, channels-last, fused SGD"
FILES = "COCO's measures of 500,000 detections from files, whole process: {}"
YOLO = "YOLO dataset of 100,000 images, read: {}"
LARGE = "COCO instances of 500 MB, read: {}"
SEVERAL = "training, ssd-compact of 320 pixels, batch 8, two processes of one thread, {}: time of an image"
DESCRIPTIONS = {
    "loss-k21": (LOSS.format(21), TORCHVISION, 20),
    "loss-k81": (LOSS.format(81), TORCHVISION, 20),
    "loss-focal-k81": (FOCAL.format("focal"), TORCHVISION + "'s focal loss", 15),
    "loss-quality-focal-k81": (FOCAL.format("quality focal"), TORCHVISION + "'s focal loss", 15),
    "loss-varifocal-k81": (FOCAL.format("varifocal"), TORCHVISION + "'s focal loss", 15),
    "loss-k21-copy": (LOSS.format(21), "memcpy of logits and offsets", 0.33),
    "loss-k81-copy": (LOSS.format(81), "memcpy of logits and offsets", 0.33),
    "postprocess": ("detections of one image, scores as trained", TORCHVISION, 10),
    "postprocess-random": ("detections of one image, random scores", TORCHVISION, 10),
    "loss-k21-plain": (LOSS.format(21) + PLAIN, TORCHVISION, None),
    "loss-k81-plain": (LOSS.format(81) + PLAIN, TORCHVISION, None),
    "postprocess-plain": ("detections of one image, scores as trained" + PLAIN, TORCHVISION, None),
    "postprocess-plain-random": ("detections of one image, random scores" + PLAIN, TORCHVISION, None),
    "coco-ap": ("COCO's measures of 5000 images", "pycocotools", 20),
    "coco-files": (FILES.format("processor time"), "hotcoco", 2),
    "coco-files-wall": (FILES.format("time"), "hotcoco", None),
    "coco-files-memory": (FILES.format("peak memory in megabytes"), "hotcoco", 1),
    "coco-files-pycocotools": (FILES.format("processor time"), "pycocotools", 20),
    "coco-files-faster-coco-eval": (FILES.format("processor time"), "faster-coco-eval", 10),
    "coco-large": (LARGE.format("processor time"), "pycocotools", 10),
    "coco-large-memory": (LARGE.format("peak memory in megabytes"), "pycocotools", 4),
    "yolo-files": (YOLO.format("processor time"), "supervision", 1.5),
    "yolo-files-memory": (YOLO.format("peak memory in megabytes"), "supervision", 1),
    "reading": ("8 JPEGs of 640 × 480 to an augmented batch of 300 × 300", "torchvision v2, Pillow", 5),
    "reading-opencv": ("8 JPEGs of 640 × 480 to an augmented batch of 300 × 300", "simplejpeg, OpenCV", 1.5),
    "detect-ssd300": (DETECT.format("SSD300", "float32"), TORCHVISION, 2),
    "detect-ssdlite320": (DETECT.format("SSDLite320", "float32"), TORCHVISION, 6),
    "detect-ssd300-bfloat16": (
        DETECT.format("SSD300", "bfloat16"), TORCHVISION + " in float32", 2
    ),
    "detect-ssdlite320-bfloat16": (
        DETECT.format("SSDLite320", "bfloat16"), TORCHVISION + " in float32", 6
    ),
    "detect-ssd300-int8": (DETECT.format("SSD300", "8 bits"), TORCHVISION + " in float32", 2),
    "detect-ssdlite320-int8": (DETECT.format("SSDLite320", "8 bits"), TORCHVISION + " in float32", 6),
    "detect-ssd300-engine": (DETECT.format("SSD300", "float32"), ENGINE, 0.8),
    "detect-ssdlite320-engine": (DETECT.format("SSDLite320", "float32"), ENGINE, 0.8),
    "detect-ssd300-engine-bfloat16": (DETECT.format("SSD300", "bfloat16"), ENGINE, 0.8),
    "detect-ssdlite320-engine-bfloat16": (DETECT.format("SSDLite320", "bfloat16"), ENGINE, 0.8),
    "detect-ssd300-engine-int8": (DETECT.format("SSD300", "8 bits"), ENGINE_FILE, 0.8),
    "detect-ssdlite320-engine-int8": (DETECT.format("SSDLite320", "8 bits"), ENGINE_FILE, 0.8),
    "detect-ssd300-onnxruntime": (DETECT.format("SSD300", "float32"), ONNX_RUNTIME, 1),
    "detect-ssdlite320-onnxruntime": (DETECT.format("SSDLite320", "float32"), ONNX_RUNTIME, 1),
    "detect-ssd300-onnxruntime-int8": (DETECT.format("SSD300", "8 bits"), ONNX_RUNTIME_FILE, 1),
    "detect-ssdlite320-onnxruntime-int8": (DETECT.format("SSDLite320", "8 bits"), ONNX_RUNTIME_FILE, 1),
    "train-ssd300": (STEP.format("SSD300, batch 4"), BEST, 1.1),
    "train-ssd300-huge-pages": (STEP.format("SSD300, batch 4"), BEST + ", huge pages", None),
    "train-ssdlite320": (STEP.format("SSDLite320, batch 8"), BEST, 1.4),
    "train-ssdlite320-huge-pages": (
        STEP.format("SSDLite320, batch 8"), BEST + ", huge pages", None
    ),
    "train-ssd300-default": (STEP.format("SSD300, batch 4"), "torchvision in float32", 2.3),
    "train-ssdlite320-default": (
        STEP.format("SSDLite320, batch 8"), "torchvision in float32", 2.5
    ),
    "processes": (SEVERAL.format("statistics of all"), "one process of two threads", None),
    "processes-local": (SEVERAL.format("statistics of each"), "one process of two threads", None),
    "memory-ssd300": ("peak memory of training SSD300, batch 4, megabytes", BEST, 1),
}


def variants(result):
    """Further comparisons that a part holds, as results of their own."""
    for variant in ["random", "bfloat16", "int8", "wall", "memory", "local", "pycocotools", "faster-coco-eval"]:
        if variant in result:
            kind = {"peer_kind": result["peer_kind"]} if "peer_kind" in result else {}
            yield {**result[variant], **kind, "name": f"{result['name']}-{variant}"}
    if "peer_huge_pages_ms" in result:
        yield {
            **result,
            "name": f"{result['name']}-huge-pages",
            "peer_ms": result["peer_huge_pages_ms"],
            "ratio": result["ratio_huge_pages"],
        }


def row(result):
    work, peer, target = DESCRIPTIONS[result["name"]]
    ours, theirs = (statistics.median(result[key]) for key in ["ours_ms", "peer_ms"])
    if result.get("peer_kind") == "torch.compile":
        peer += ", compiled"
    goal = f"≥ {target}" if target else ""
    mark = " ↓" if target and result["ratio"] < target else ""
    return (
        f"| {result['name']} | {work} | {peer} | {goal} | {number(ours)} | {number(theirs)} |"
        f" {result['ratio']:.2f}{mark} |"
    )


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def index(found):
    rows = [
        f"| {title} | {row['seconds']:.0f} | {row['megabytes']:.0f} |"
        for title, row in found["formats"].items()
    ]
    return f"""
`multibox dataset` of {found["records"]:,} made records with tiny pictures, the whole process:

| format | seconds | peak memory, MB |
| --- | ---: | ---: |
{chr(10).join(rows)}
"""


HEAD = """# Benchmarks

Written by `make bench`, which measures all and renews the table of the machine's kind of processor;
`make bench-NAME` measures one line, `Scripts/bench/run table` writes what has been measured. Both sides
compute the same from the same input, which is checked before anything is timed, with the same number of
threads, in turn. In each turn a part runs for a tenth of a second unmeasured first, so that both sides
have their threads awake and their data in the caches.
Figures are medians of the rounds, of time in milliseconds where nothing else is said; a ratio above 1
says that MultiBox is faster, or smaller. `target` is the least ratio that is aimed at; a ratio below it
has an arrow, ↓.

"""


def write(results):
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    commit = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    requirements = (ROOT / "Scripts/bench-requirements.txt").read_text().splitlines()
    peers = ", ".join(line.replace("==", " ") for line in requirements if "==" in line)
    compared = [found for found in results if "ratio" in found]
    rows = [row(result) for found in compared for result in [found, *variants(found)]]
    grown = [found for found in results if "steeper" in found]
    steeper = [text for found in grown for text in found["steeper"]]
    heading = processor.kind()
    section = f"""{heading}

| part | work | peer | target | MultiBox | peer | peer / MultiBox |
| --- | --- | --- | ---: | ---: | ---: | ---: |
{chr(10).join(rows)}
"""
    if grown:
        section += f"""
![How cost grows]({growth.picture().relative_to(ROOT)})

How cost grows with size, one thread. Steeper than theory: {"; ".join(steeper) or "no step"}.
"""
    for found in (result for result in results if "formats" in result):
        section += index(found)
    section += f"""
- Machine: {processor.model()}, {processor.cores()} cores, {", ".join(processor.flags())}
- {swift.splitlines()[0] if swift else "Swift: unknown"}; MultiBox {commit}
- Peers: Python {platform.python_version()}, {peers}
- Date: {datetime.date.today()}; command: `make bench`
"""
    path = ROOT / "BENCHMARKS.md"
    before = path.read_text().split("\n## ")[1:] if path.exists() else []
    sections = {text.split("\n", 1)[0]: text.strip() + "\n" for text in before}
    sections[heading] = section
    path.write_text(HEAD + "\n".join(f"## {text}" for text in sections.values()))

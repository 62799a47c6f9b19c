"""Runs the named parts of the benchmark, or `all`; then, or by `table`, writes BENCHMARKS.md.

`processes --short` and `dataset-index --short` run a smaller form, which stands in no table.
"""

import json
import sys

import coco_ap
import coco_files
import dataset_index
import detect
import growth
import loss
import postprocess
import processes
import reading
import table
import train
import yolo_files
from runner import Mismatch, work_folder

SSD300, SSDLITE = "ssd300-vgg16", "ssdlite320-mobilenet-v3-large"

PARTS = {
    "loss-k21": lambda name: loss.run(name, 21),
    "loss-k81": lambda name: loss.run(name, 81),
    "loss-k21-copy": lambda name: loss.run(name, 21, is_copy=True),
    "loss-k81-copy": lambda name: loss.run(name, 81, is_copy=True),
    "loss-focal-k81": lambda name: loss.run(name, 81, confidence="focal"),
    "loss-quality-focal-k81": lambda name: loss.run(name, 81, confidence="quality-focal"),
    "loss-varifocal-k81": lambda name: loss.run(name, 81, confidence="varifocal"),
    "postprocess": postprocess.run,
    "loss-k21-plain": lambda name: loss.run(name, 21),
    "loss-k81-plain": lambda name: loss.run(name, 81),
    "postprocess-plain": postprocess.run,
    "coco-ap": coco_ap.run,
    "coco-files": coco_files.run,
    "coco-large": coco_files.run_large,
    "yolo-files": yolo_files.run,
    "reading": reading.run,
    "reading-opencv": lambda name: reading.run(name, is_opencv=True),
    "detect-ssd300": lambda name: detect.run(name, SSD300),
    "detect-ssdlite320": lambda name: detect.run(name, SSDLITE),
    "detect-ssd300-engine": lambda name: detect.run(name, SSD300, detect.open_vino),
    "detect-ssdlite320-engine": lambda name: detect.run(name, SSDLITE, detect.open_vino),
    "detect-ssd300-onnxruntime": lambda name: detect.run(name, SSD300, detect.onnx_runtime),
    "detect-ssdlite320-onnxruntime": lambda name: detect.run(name, SSDLITE, detect.onnx_runtime),
    "train-ssd300": lambda name: train.run(name, SSD300, 4),
    "train-ssdlite320": lambda name: train.run(name, SSDLITE, 8),
    "train-ssd300-default": lambda name: train.run(name, SSD300, 4, is_default=True),
    "train-ssdlite320-default": lambda name: train.run(name, SSDLITE, 8, is_default=True),
    "memory-ssd300": lambda name: train.memory(name, SSD300, 4),
    "processes": processes.run,
    "growth": growth.run,
    "dataset-index": dataset_index.run,
}
SHORT = {
    "processes": lambda name: processes.run(name, is_short=True),
    "dataset-index": lambda name: dataset_index.run(name, is_short=True),
}


def main(names):
    if names == ["table"]:
        return table.write([json.loads(path.read_text()) for path in map(saved, PARTS) if path.exists()])
    if names[1:] == ["--short"] and names[0] in SHORT:
        return measure(f"{names[0]}-short", SHORT[names[0]])
    is_all = names == ["all"]
    unknown = [] if is_all else [name for name in names if name not in PARTS]
    if not names or unknown:
        sys.exit(
            f"bench: expected all, table or names of {', '.join(PARTS)}, found {unknown or 'none'}"
        )
    for name in PARTS if is_all else names:
        measure(name, PARTS[name])
    if is_all:
        main(["table"])


def measure(name, part):
    try:
        line = json.dumps(part(name))
    except Mismatch as mismatch:
        sys.exit(f"bench: {name}: {mismatch}")
    saved(name).write_text(line + "\n")
    print(line, flush=True)


def saved(name):
    """Where the last result of a part is kept, so that one part can be measured anew."""
    return work_folder(name) / "result.json"


main(sys.argv[1:])

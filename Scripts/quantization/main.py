"""One run's float32 file, made to compute with 8 bits by ours, NNCF and ONNX Runtime from the same images:
what each finds, by `multibox evaluate`, and how long OpenVINO takes for an image.

Figures that count come from a trained run and its data; `--short` trains for a minute on made images and
shows that it works. BENCH_CLOCK=cpu takes the time of the processor, for a machine that has other work.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

import numpy
import openvino

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "accuracy"), str(HERE.parent / "bench")]

import processor
from peers import PEERS
from processes import ROOT, Failed, answer, progress, write

WORK = ROOT / ".build/quantization"
SHORT_DATA = "shapes:images=160,side=160,held-out=40"
PROGRAMS = {"nncf": "NNCF", "onnxruntime": "ONNX Runtime"}
HEAD = """| file | AP | AP50 | ms | float32 / ms | made in, processor seconds |
| --- | ---: | ---: | ---: | ---: | ---: |"""


def short_run(binary):
    """A run that has learnt something, made once."""
    run = WORK / "short-run"
    if not (run / "weights.safetensors").exists():
        shutil.rmtree(run, ignore_errors=True)
        words = ["--data", SHORT_DATA, "--model", "ssd-compact", "--epochs", "8", "--output", run]
        subprocess.run([str(word) for word in [binary, "train", *words]], check=True, stdout=sys.stderr)
    return run


class Data:
    """COCO's files of the data, which all sides read."""

    def __init__(self, binary, source):
        self.folder = WORK / "coco"
        shutil.rmtree(self.folder, ignore_errors=True)
        answer([binary, "dataset", source, "--convert", "coco", "--output", self.folder])
        self.train = self._split("trainval", "train")
        self.test = self._split("test", "val", "valid")

    def _split(self, *names):
        for name in names:
            if self._file(name).exists():
                return name
        raise Failed(f"{self.folder}: expected a split called {' or '.join(names)}")

    def _file(self, split):
        return self.folder / f"annotations/instances_{split}.json"

    def images(self, count):
        """Spread evenly over the training split, as `multibox export` takes them."""
        images = json.loads(self._file(self.train).read_text())["images"]
        chosen = [images[index * len(images) // count] for index in range(min(count, len(images)))]
        return [str(self.folder / "images" / self.train / image["file_name"]) for image in chosen]


def made(line):
    """Runs what makes a file and returns its processor seconds."""
    before = os.times()
    answer(line)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def files(options, data):
    """The files by their names in the table, and what making them took."""
    float32 = WORK / "float32.onnx"
    threads = ["--threads", options.threads]
    export = [options.binary, "export", "--run", options.run, "--format", "onnx"]
    answer([*export, "--output", float32])
    images = WORK / "images.json"
    paths = data.images(options.images)
    write(images, json.dumps(paths))
    ours = WORK / "multibox.onnx"
    progress("quantization: MultiBox")
    ranges = ["--data", data.folder, "--data-split", data.train, "--calibration-images", len(paths)]
    seconds = made([*export, "--precision", "int8", *ranges, *threads, "--output", ours])
    found = {"float32": (float32, None), "MultiBox": (ours, seconds)}
    for peer in PEERS:
        path = WORK / f"{peer}.onnx"
        progress(f"quantization: {PROGRAMS[peer]}")
        found[PROGRAMS[peer]] = (
            path, made([sys.executable, HERE / "peers.py", peer, float32, path, images])
        )
    return found, len(paths)


def request(path, precision, threads):
    model = openvino.Core().read_model(path)
    size = [dimension.get_length() for dimension in list(model.input(0).partial_shape)[1:]]
    model.reshape([1, *size])
    compiled = openvino.Core().compile_model(
        model,
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": precision,
        },
    )
    made = compiled.create_infer_request()
    made.get_input_tensor().data[:] = numpy.random.default_rng(0).normal(size=[1, *size])
    return made


def milliseconds(requests, rounds):
    """Medians of rounds in which each has its turn, twice: the first call finds its data elsewhere."""
    clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter
    times = {name: [] for name in requests}
    for _ in range(rounds):
        for name, made in requests.items():
            made.infer()
            start = clock()
            made.infer()
            times[name].append((clock() - start) * 1000)
    return {name: statistics.median(of_one) for name, of_one in times.items()}


def share(value):
    return f"{value:.4f}".removeprefix("0")


def table(measures, times, seconds):
    rows = []
    peers = list(PROGRAMS.values())
    for name, ms in times.items():
        found = measures.get(name)
        marks = ["", "", ""]
        if name == "MultiBox":
            marks = [
                *(
                    " ↓" if found[key] < max(measures[peer][key] for peer in peers) else ""
                    for key in ["AP", "AP50"]
                ),
                " ↓" if ms > min(times[peer] for peer in peers) else "",
            ]
        quality = [share(found[key]) + mark for key, mark in zip(["AP", "AP50"], marks)] if found else ["", ""]
        spent = seconds.get(name)
        rows.append(
            f"| {name} | {' | '.join(quality)} | {ms:.2f}{marks[2]} | {times['float32'] / ms:.2f} |"
            f" {f'{spent:.0f}' if spent else ''} |"
        )
    return "\n".join([HEAD, *rows])


def main(options):
    WORK.mkdir(parents=True, exist_ok=True)
    if options.short:
        options.run, options.data = short_run(options.binary), SHORT_DATA
    data = Data(options.binary, options.data)
    made_files, count = files(options, data)
    measures = {}
    for name, (path, _) in made_files.items():
        words = ["--model", path, "--data", data.folder, "--split", data.test, "--threads", options.threads]
        measures[name] = json.loads(answer([options.binary, "evaluate", *words, "--json"]))
        progress(f"{name}: AP {measures[name]['AP']:.4f}, AP50 {measures[name]['AP50']:.4f}")
    requests = {name: request(path, "f32", options.threads) for name, (path, _) in made_files.items()}
    if processor.has_bfloat16():
        requests["bfloat16"] = request(made_files["float32"][0], "bf16", options.threads)
    times = milliseconds(requests, options.rounds)
    seconds = {name: spent for name, (_, spent) in made_files.items()}
    requirements = (HERE / "requirements.txt").read_text().splitlines()
    peers = ", ".join(line.replace("==", " ") for line in requirements if "==" in line)
    version = answer([options.binary, "--version"]).splitlines()[0]
    clock = "processor time" if os.environ.get("BENCH_CLOCK") == "cpu" else "time"
    threads = f"{options.threads} thread" + "s" * (options.threads > 1)
    text = f"""{table(measures, times, seconds)}

Ranges of {count} images of *{data.train}*, AP of *{data.test}*; {clock} of inference alone of one image by OpenVINO with
{threads}, medians of {options.rounds} rounds in turn. ↓: a peer is better.

- Machine: {processor.model()}, {processor.cores()} cores, {", ".join(processor.flags())}
- MultiBox {version}; peers: Python {platform.python_version()}, {peers}
- Date: {datetime.date.today()}; command: `make bench-quantization`
"""
    write(WORK / "table.md", text)
    print(text)
    progress(f"quantization: wrote {WORK / 'table.md'}")


def count(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, found {text}")
    return value


parser = argparse.ArgumentParser(
    prog="Scripts/quantization/run",
    description=__doc__,
    formatter_class=argparse.RawDescriptionHelpFormatter,
)
parser.add_argument("--run", type=pathlib.Path, help="folder of a run, whose network is taken")
parser.add_argument("--data", help="labelled images, in any layout that multibox reads")
parser.add_argument("--short", action="store_true", help="trains on made images, and shows that it works")
parser.add_argument("--images", type=count, default=100, help="that ranges are measured on; else 100")
parser.add_argument("--rounds", type=count, default=40, help="of measuring the time; else 40")
parser.add_argument("--threads", type=count, default=1, help="to compute with; else 1")
parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/multibox")
options = parser.parse_args()
options.binary = options.binary.resolve()
if options.short == bool(options.run and options.data) or options.short and (options.run or options.data):
    sys.exit("quantization: expected --run and --data, or --short alone")
try:
    main(options)
except (Failed, subprocess.CalledProcessError) as failure:
    sys.exit(f"quantization: {failure}")
except KeyboardInterrupt:
    sys.exit("quantization: interrupted")

#!/usr/bin/env python3
"""The model of docs/how-far-it-scales.md: what a step takes with so many processes, and its tables.

    Scripts/scaling.py                  prints the tables
    Scripts/scaling.py --write          puts them in the page's place
    Scripts/scaling.py --check          ends with 1 where the page has others
    Scripts/scaling.py --measured FILE  takes the figures of `make bench-processes`, and writes the page

Times are in seconds, sizes in bytes.
"""

import argparse
import json
import math
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/how-far-it-scales.md"

# Every number that the model starts from: name, value, unit, source.
INPUTS = [
    ("SSD300 (VGG16), forward", 2 * 34.858e9, "FLOP per image", "torchvision's `SSD300_VGG16_Weights`: 34.858 G multiply-adds"),
    ("parameters of it, COCO", 34_305_206, "", "torchvision's `ssd300_vgg16`, 81 logits"),
    ("buckets of its gradients", 21, "", "`GradientReducer`: 4 MiB each; a larger array has one of its own"),
    ("SSDLite320, forward", 2 * 0.583e9, "FLOP per image", "torchvision's `SSDLite320_MobileNet_V3_Large_Weights`"),
    ("its batch norms", 70, "", "torchvision's `ssdlite320_mobilenet_v3_large`"),
    ("SSD with ResNet-34, forward", 433e9 / 16, "FLOP per image", "arXiv:1911.02549: 433 G at 1200 pixels, here at 300"),
    ("parameters of it", 36_300_000, "", "the same"),
    ("passes of a step", 3, "× forward", "backward is two of forward's size"),
    ("speed of an A100 at an SSD", 3 * 433e9 / 16 * 9_840 / 8, "FLOP/s", "MLPerf v0.7: SSD with ResNet-34, 9,840 images/s on eight"),
    ("loss on the host", 2 * 7.59e-3 / 32, "s × cores per image", "[BENCHMARKS.md](../BENCHMARKS.md), loss-k81, AVX-512: 7.59 ms for 32 images on 2 cores"),
    ("reading and augmentation", 2 * 14.54e-3 / 8, "s × cores per image", "BENCHMARKS.md, reading, AVX-512: 14.54 ms for 8 images on 2 cores"),
    ("logits, offsets, their gradients", 2 * 8732 * (81 + 4) * 4, "B per image", "8732 default boxes, there and back"),
    ("copies between GPU and host", 20e9, "B/s", "assumed: PCIe 4.0 × 16 at two thirds of its 32 GB/s"),
    ("cores of a process", 8, "", "assumed"),
    ("an image file", 163e3, "B", "COCO 2017: 118,287 images in 19.3 GB"),
    ("sums over TCP", 1.5e9, "B/s of a process", "assumed; loopback is measured below"),
    ("a hop over TCP", 50e-6, "s", "assumed; loopback is measured below"),
    ("sums by NCCL over InfiniBand", 100e9, "B/s of a process", "assumed: half of eight adapters of 200 Gbit/s a machine"),
    ("a hop of NCCL", 5e-6, "s", "assumed"),
]
(
    SSD300_FLOP, SSD300_PARAMETERS, SSD300_BUCKETS, SSDLITE_FLOP, SSDLITE_NORMS, RESNET_FLOP, RESNET_PARAMETERS, PASSES,
    GPU_SPEED, LOSS, READING, OUTPUT_BYTES, COPY_SPEED, CORES, FILE_BYTES, TCP_SPEED, TCP_HOP, NCCL_SPEED, NCCL_HOP,
) = (value for _, value, _, _ in INPUTS)
# Of a step besides gradients and norms: the sums of the loss, in two gathers, and whether to stop.
GATHERS, SUMS = 2, 1

COUNTS = [1, 8, 64, 512]


class Network:
    """What processes talk over, in a ring."""

    def __init__(self, name, speed, hop):
        self.name, self.speed, self.hop = name, speed, hop

    def sum(self, count, size, buckets=1):
        return 2 * (count - 1) / count * size / self.speed + 2 * (count - 1) * self.hop * buckets

    def gather(self, count):
        """A few numbers of each process."""
        return (count - 1) * self.hop


TCP = Network("TCP", TCP_SPEED, TCP_HOP)
NCCL = Network("NCCL, unverified", NCCL_SPEED, NCCL_HOP)


class Step:
    """A step on GPUs, a process each. What the hosts tell each other goes by TCP, whatever the GPUs do."""

    def __init__(
        self, network, count, batch, flop, parameters=0, buckets=0, norms=0, host=LOSS / CORES + OUTPUT_BYTES / COPY_SPEED,
        hosts=TCP,
    ):
        self.count, self.batch = count, batch
        self.forward = batch * flop / GPU_SPEED
        self.backward = (PASSES - 1) * self.forward
        self.loss = batch * host
        self.sum = network.sum(count, 4 * parameters, buckets)
        self.norms = 2 * norms * network.gather(count)
        self.small = GATHERS * hosts.gather(count) + SUMS * hosts.sum(count, 4)
        self.seconds = self.forward + self.loss + max(self.backward, self.sum) + self.norms + self.small

    @property
    def images_per_second(self):
        return self.count * self.batch / self.seconds

    @property
    def bottleneck(self):
        # Beside the step other images are read, by the same cores.
        if self.batch * (READING + LOSS) / CORES > self.seconds:
            return "reading"
        return "the sum" if self.sum > self.backward else "the GPU"


def table(heading, rows):
    lines = [heading, ["---"] + ["---:"] * (len(heading) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def ms(seconds):
    return f"{1000 * seconds:,.0f}" if seconds >= 0.01 else f"{1000 * seconds:.1f}"


def inputs_table():
    def number(value, unit):
        if not unit:
            return f"{value:,}"
        scales = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ")]
        scale, prefix = next(scale for scale in scales if value >= scale[0])
        return f"{value / scale:.3g} {prefix}{unit}"

    return table(["what", "number", "from"], [[name, number(value, unit), source] for name, value, unit, source in INPUTS])


def model_table():
    rows = []
    for network, batch in [(TCP, 32), (TCP, 128), (NCCL, 32)]:
        alone = Step(network, 1, batch, SSD300_FLOP).images_per_second
        for count in COUNTS:
            step = Step(network, count, batch, SSD300_FLOP, SSD300_PARAMETERS, SSD300_BUCKETS)
            share = step.images_per_second / (count * alone)
            times = [step.forward, step.loss, step.backward, step.sum, step.small, step.seconds]
            rows.append([
                network.name, count, batch, *map(ms, times), f"{step.images_per_second:,.0f}", f"{share:.0%}",
                step.bottleneck, f"{step.images_per_second * FILE_BYTES / 1e9:.2g}",
            ])
    return table(
        ["network", "GPUs", "images each", "forward", "loss", "backward", "sum", "small", "step", "images/s", "of linear",
         "bound by", "files, GB/s"], rows)


def norms_table():
    rows = []
    for count in COUNTS[1:]:
        step, nccl = (Step(network, count, 32, SSDLITE_FLOP, norms=SSDLITE_NORMS) for network in [TCP, NCCL])
        rows.append([count, ms(step.forward + step.backward + step.loss), ms(step.norms), ms(nccl.norms)])
    return table(["GPUs", "forward, backward, loss", "norms, TCP", "norms, NCCL"], rows)


def host_table():
    rows = []
    for name, flop in [("SSD300 (VGG16)", SSD300_FLOP), ("SSDLite320", SSDLITE_FLOP)]:
        gpu = PASSES * flop / GPU_SPEED
        times = [gpu, LOSS / CORES, OUTPUT_BYTES / COPY_SPEED, READING / CORES]
        # The loss waits for the GPU and the GPU for the loss; reading goes on beside both.
        busy = next(n for n in range(1, 1000) if (READING + LOSS) / n <= gpu + LOSS / n + OUTPUT_BYTES / COPY_SPEED)
        rows.append([name, *(f"{1e6 * time:,.0f}" for time in times), busy])
    return table(["µs an image", "the GPU", "loss", "copies", "reading", "cores for reading to keep up"], rows)


# GPUs, images each, images a second, whole time in seconds: a run of NVIDIA's in MLPerf Training v0.7, SSD with
# ResNet-34 of 300 pixels on A100 (training_results_v0.7, NVIDIA/results/dgxa100*/ssd/result_0.txt).
MLPERF = [(8, 114, 9_840, 656), (64, 24, 54_700, 174), (512, 4, 150_000, 97)]
# GPU, images each, images a second of one and of eight: NVIDIA DeepLearningExamples, SSD300 v1.1 with ResNet-50 in
# mixed precision (PyTorch/Detection/SSD/README.md, 22.10).
EXAMPLES = [("A100", 128, 724.41, 5733.98), ("V100", 64, 322.81, 2520.50)]


def published_table():
    rows = []
    for count, batch, speed, seconds in MLPERF:
        model = Step(NCCL, count, batch, RESNET_FLOP, RESNET_PARAMETERS, 1, host=0, hosts=NCCL).images_per_second
        each = speed / count / (MLPERF[0][2] / MLPERF[0][0])
        rows.append([
            f"MLPerf v0.7, {count} × A100", batch, f"{speed:,}", f"{each:.0%} of eight's", f"{model:,.0f}", f"{seconds} s",
        ])
    for name, batch, one, eight in EXAMPLES:
        rows.append([
            f"DeepLearningExamples, 8 × {name}", batch, f"{eight:,.0f}", f"{eight / one / 8:.0%} of one's", "", "",
        ])
    return table(["", "images each", "images/s", "a GPU's share", "the model, NCCL", "to AP .23"], rows)


def predicted(measured, norms):
    """A step of processes that have all cores busy: nothing is hidden behind the backward pass."""
    small = measured["small_ms"]
    per_byte = (measured["bucket_ms"] - small) / measured["bucket_bytes"]
    buckets = math.ceil(measured["gradient_bytes"] / measured["bucket_bytes"])
    gradients = measured["gradient_bytes"] * per_byte + buckets * small
    # Between pieces of work the faster process waits for the slower one.
    return measured["alone_step_ms"] + gradients + GATHERS * small + 2 * norms * measured["between_ms"]


def measured_table(measured):
    if not measured:
        return "Not measured yet."
    speed = measured["bucket_bytes"] / (measured["bucket_ms"] - measured["small_ms"]) / 1e6
    rows = []
    for name, key, norms in [("`sync`", "sync", measured["normalizations"]), ("`local`", "local", 0)]:
        step, model = measured[f"{key}_step_ms"], predicted(measured, norms)
        rows.append([
            f"2 processes, 1 thread each, {name}", f"{step:.0f}", f"{1000 * measured['batch'] / step:.1f}",
            f"{model:.0f}", f"{model / step - 1:+.0%}", f"{measured[f'{key}_collective_share']:.0%}",
        ])
    one = measured["one_step_ms"]
    rows.insert(0, ["1 process, 2 threads", f"{one:.0f}", f"{1000 * measured['batch'] / one:.1f}", "", "", ""])
    return (
        f"`{measured['network']}` of {measured['side']} pixels, {measured['batch']} images a step,"
        f" {measured['gradient_bytes'] / 1e6:.1f} MB of gradients,"
        f" {measured['normalizations']} batch norms.\n\n"
        + table(["", "step, ms", "images/s", "the model, ms", "off by", "in collectives"], rows)
        + f"\n\nThe model's inputs: {measured['alone_step_ms']:.0f} ms for a step of two trainings that know nothing of"
        f" each other, {measured['batch'] // measured['processes']} images\nand one thread each;"
        f" {1000 * measured['small_ms']:.0f} µs for a small sum over loopback (two hops), {speed:.2f} GB/s for large ones"
        f"\nand {measured['between_ms']:.1f} ms for a small sum between pieces of work of {measured['piece_ms']:.1f} ms."
    )


def filled(page, measured=None):
    """The page with the tables in their places."""
    kept = re.search(r"<!-- measured: (.*) -->", page)
    measured = measured or json.loads(kept[1])
    page = page[: kept.start(1)] + json.dumps(measured) + page[kept.end(1) :]
    tables = {
        "inputs": inputs_table(), "model": model_table(), "norms": norms_table(), "host": host_table(),
        "published": published_table(), "two processes": measured_table(measured),
    }
    for name, text in tables.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            sys.exit(f"scaling: {PAGE.name}: expected one place of {name}")
        page = page[: page.index(begin) + len(begin)] + text + page[page.index(end) :]
    return page, tables


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--measured", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    measured = json.loads(arguments.measured.read_text())["scaling"] if arguments.measured else None
    page = PAGE.read_text()
    new, tables = filled(page, measured)
    if arguments.check:
        if new != page:
            sys.exit(f"scaling: {PAGE.name} has other tables than Scripts/scaling.py --write gives")
    elif arguments.write or measured:
        PAGE.write_text(new)
    else:
        print("\n\n".join(f"{name}\n\n{text}" for name, text in tables.items()))


main()

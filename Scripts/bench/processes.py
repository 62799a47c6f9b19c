"""Two processes of one thread against one of two threads: the same training, the same batches.

Beside them what a model of the two needs (docs/how-far-it-scales.md): two trainings that know nothing
of each other, each with a process's share of the batch, and sums of the size of a number and of a
bucket over a loopback that does nothing else, and of a number between pieces of work.
"""

import json
import os
import shutil
import statistics
import struct
import subprocess

from runner import NATIVE_BUILD, ROUND_LIMIT, Mismatch, progress, result, work_folder

NETWORK = "ssd-compact"
COUNT = 2
BATCH = 8
STEPS = 12
# The first epoch is not counted: memory is taken, kernels are chosen.
EPOCHS = 3


class Training:
    """A training of made shapes that has been started."""

    def __init__(self, folder, side, batch, *options):
        self.folder, self.batch = folder, batch
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.messages = folder.with_suffix(".log")
        data = f"shapes:images={batch * STEPS},side={side},seed=1,held-out=1"
        line = [NATIVE_BUILD / "multibox", "train", "--data", data, "--output", folder]
        line += ["--model", NETWORK, "--image-size", side, "--batch-size", batch, "--epochs", EPOCHS]
        line += ["--validate-every", 0, "--augmentation", "light", "--loader-threads", 1, "--seed", 1]
        with open(self.messages, "w") as messages:
            self.process = subprocess.Popen(
                [str(word) for word in [*line, *options]],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=messages,
            )

    def epochs(self):
        """The figures of the epochs, once it has ended."""
        if self.process.wait():
            last = (self.messages.read_text().strip() or "no message").splitlines()[-1]
            raise RuntimeError(f"{self.folder.name} ended with {self.process.returncode}: {last}")
        lines = map(json.loads, (self.folder / "metrics.jsonl").read_text().splitlines())
        return [line for line in lines if line["kind"] == "training"]

    def step(self, epochs):
        """Milliseconds of a step, the mean of the epochs behind the first."""
        return statistics.mean(1000 * self.batch / line["imagesPerSecond"] for line in epochs[1:])


def trained(folder, side, *options):
    """Milliseconds of a step, the share of them in collectives, and the loss of the last epoch."""
    training = Training(folder, side, BATCH, *options)
    epochs = training.epochs()
    shares = [line.get("collectiveShare", 0) for line in epochs[1:]]
    return training.step(epochs), statistics.mean(shares), epochs[-1]["loss"]


def alone(folder, side):
    """Milliseconds of a step of trainings beside each other, each with a process's share of a batch."""
    names = [folder.with_name(f"{folder.name}-{number}") for number in range(COUNT)]
    running = [Training(name, side, BATCH // COUNT, "--threads", 1) for name in names]
    return statistics.mean(training.step(training.epochs()) for training in running)


def collectives(folder, piece):
    """Sums over as many processes: with nothing else to do, and between pieces of work of so many milliseconds."""
    (folder / "store").unlink(missing_ok=True)
    line = [NATIVE_BUILD / "multibox-bench-torch", "collectives", "--folder", folder, "--threads", 1]
    line += ["--work-milliseconds", piece]
    running = [
        subprocess.Popen(
            [*map(str, line), "--rank", str(rank), "--size", str(COUNT)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "GLOO_SOCKET_IFNAME": "lo"},
        )
        for rank in range(COUNT)
    ]
    answers = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError("multibox-bench-torch collectives failed")
    found = json.loads(answers[0])
    medians = {name: statistics.median(found[f"{name}Milliseconds"]) for name in ["small", "bucket", "between"]}
    return {
        **{f"{name}_ms": median for name, median in medians.items()},
        "piece_ms": piece, "bucket_bytes": found["bucketBytes"],
    }


def network(weights):
    """The bytes of the gradients and the number of normalizations, as a run's weights have them."""
    with open(weights, "rb") as file:
        arrays = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    arrays.pop("__metadata__", None)
    learnt = {name: array for name, array in arrays.items() if ".running_" not in name}
    bounds = [array["data_offsets"] for array in learnt.values()]
    return {
        "gradient_bytes": sum(end - start for start, end in bounds),
        "normalizations": sum(name.endswith(".running_mean") for name in arrays),
    }


def run(name, is_short=False):
    side, rounds = (128, 2) if is_short else (320, 5)
    folder = work_folder(name)
    several = ["--processes", COUNT, "--threads", 1]
    sides = {
        "one": ["--threads", COUNT], "sync": several, "local": [*several, "--batch-norm", "local"],
    }
    steps = {key: [] for key in [*sides, "alone"]}
    shares = {key: [] for key in sides}
    for number in range(min(rounds, ROUND_LIMIT)):
        losses = {}
        for key, options in sides.items():
            step, share, losses[key] = trained(folder / key, side, *options)
            steps[key].append(step)
            shares[key].append(share)
        steps["alone"].append(alone(folder / "alone", side))
        # Where convolutions are computed in bfloat16, sums of another order differ in its digits.
        if not abs(losses["sync"] / losses["one"] - 1) < 0.02:
            raise Mismatch(f"expected the loss of one process, {losses['one']}, found {losses['sync']}")
        speeds = ", ".join(f"{key} {1000 * BATCH / steps[key][-1]:.1f}" for key in sides)
        progress(f"{name}: round {number + 1}, images a second: {speeds}")
    of_network = network(folder / "one/weights.safetensors")
    # Each norm gathers forward and backward.
    piece = round(statistics.median(steps["alone"]) / (2 * of_network["normalizations"]), 2)
    found = {
        "network": NETWORK, "side": side, "batch": BATCH, "processes": COUNT, **of_network,
        **collectives(folder, piece),
        **{f"{key}_step_ms": round(statistics.median(times), 3) for key, times in steps.items()},
        **{f"{key}_collective_share": round(statistics.median(shares[key]), 4) for key in ["sync", "local"]},
    }
    images = {key: [round(time / BATCH, 4) for time in steps[key]] for key in sides}
    return {
        **result(name, images["sync"], images["one"]),
        "local": result(name, images["local"], images["one"]),
        "scaling": found,
    }

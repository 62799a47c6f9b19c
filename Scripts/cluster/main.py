"""Trains with one process and with torchrun's two, kills one of them, and looks at Examples/Cluster.

Prints a table of what was seen, and ends with 1 where something is not so.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import manifest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "Examples/Cluster"
TORCHRUN = pathlib.Path(sys.executable).with_name("torchrun")
EPOCHS = 12
# Sums of another order differ in their last digits, and ssd-compact makes much of that: with another number of threads
# its losses are as far apart after 72 steps.
FIRST_LOSS_TOLERANCE = 1e-4
LOSS_TOLERANCE = 0.02
AP_TOLERANCE = 0.02
SECONDS = 300


class Seen:
    """The table: what, what was expected, what was found."""

    def __init__(self):
        self.rows = []

    def add(self, what, expected, found, is_so):
        self.rows.append((what, expected, found, "yes" if is_so else "NO"))
        print(f"cluster: {what}: {found}", file=sys.stderr, flush=True)

    def equal(self, what, expected, found):
        self.add(what, str(expected), str(found), expected == found)

    def show(self):
        rows = [("seen", "expected", "found", "so"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
        return all(row[3] == "yes" for row in self.rows)


class Training:
    """A training that has been started, by itself or by torchrun."""

    def __init__(self, binary, folder, launcher=()):
        self.folder = folder
        self.messages = folder.with_suffix(".log")
        line = [*launcher, binary, "train", "--data", "shapes:images=24,side=64,seed=2", "--output", folder]
        line += ["--image-size", 64, "--batch-size", 4, "--epochs", EPOCHS, "--validate-every", 4]
        line += ["--threads", 1, "--precision", "float32", "--learning-rate", 0.002, "--seed", 9]
        with open(self.messages, "w") as messages:
            self.process = subprocess.Popen(
                [str(word) for word in line], stdin=subprocess.DEVNULL, stdout=messages, stderr=messages,
                # So that nothing is left over where this ends before it.
                start_new_session=True,
            )

    def ended(self):
        """The exit status."""
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            return f"none after {SECONDS} s"
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def metrics(self, kind):
        path = self.folder / "metrics.jsonl"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return [line for line in map(json.loads, lines) if line["kind"] == kind]

    def said(self):
        return self.messages.read_text()

    def process_of(self, rank):
        """The process of a rank: torchrun starts it, and it becomes multibox-torch."""
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                parent = re.search(r"^PPid:\t(\d+)$", (folder / "status").read_text(), re.MULTILINE)
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if int(parent[1]) == self.process.pid and f"RANK={rank}".encode() in environment:
                return int(folder.name)
        return None


def compare(seen, what, training, reference, has_same_bits=False):
    status = training.ended()
    if status != 0:
        print(training.said(), file=sys.stderr)
    seen.equal(f"{what}: exit", 0, status)
    ours, theirs = training.metrics("training"), reference.metrics("training")
    iterations = [line["iteration"] for line in theirs]
    seen.equal(f"{what}: steps at the ends of epochs", iterations, [line["iteration"] for line in ours])
    if len(ours) == len(theirs):
        far = [abs(a["loss"] / b["loss"] - 1) for a, b in zip(ours, theirs)] or [1]
        for name, value, limit in [("first loss", far[0], FIRST_LOSS_TOLERANCE), ("losses", max(far), LOSS_TOLERANCE)]:
            limit = 0 if has_same_bits else limit
            seen.add(f"{what}: {name} off by", f"<= {limit}", f"{value:.1e}", value <= limit)
    ours, theirs = training.metrics("evaluation"), reference.metrics("evaluation")
    seen.equal(f"{what}: measurements", len(theirs), len(ours))
    if len(ours) == len(theirs):
        far = max((abs(a["AP"] - b["AP"]) for a, b in zip(ours, theirs)), default=1)
        seen.add(f"{what}: APs off by", f"<= {AP_TOLERANCE}", f"{far:.4f}", far <= AP_TOLERANCE)
    written = (training.folder / "detector.onnx").exists()
    seen.equal(f"{what}: detector.onnx", "written", "written" if written else "missing")


def torchrun(*options):
    return [TORCHRUN, "--standalone", "--no-python", "--nproc-per-node", 2, *options]


def lost_process(seen, binary, folder, reference):
    """Kills the second process in the middle; torchrun starts both anew."""
    training = Training(binary, folder, torchrun("--max-restarts", 1))
    end = time.monotonic() + SECONDS
    while len(training.metrics("training")) < 2 and training.process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    done = len(training.metrics("training"))
    lost = training.process_of(rank=1)
    if lost is not None:
        os.kill(lost, signal.SIGKILL)
    seen.add(
        "killed: rank 1, in the middle", f"2 to {EPOCHS - 2} epochs done",
        f"{done} done" if lost is not None else "no rank 1", lost is not None and 2 <= done <= EPOCHS - 2,
    )
    compare(seen, "killed", training, reference, has_same_bits=True)
    resumed = re.findall(r"resumed after step (\d+)", training.said())
    seen.add("killed: resumed", "once, behind step 0", f"{len(resumed)}, step {', '.join(resumed) or 'none'}",
             len(resumed) == 1 and int(resumed[0]) > 0)


def examples(seen, binary):
    found = manifest.problems(EXAMPLES / "multibox.yaml")
    for problem in found:
        print(f"cluster: multibox.yaml: {problem}", file=sys.stderr)
    seen.equal("multibox.yaml: differences from its schema", 0, len(found))
    status = subprocess.run(["bash", "-n", EXAMPLES / "multibox.sbatch"]).returncode
    seen.equal("multibox.sbatch: bash -n", 0, status)
    known = subprocess.run([binary, "train", "--help"], capture_output=True, text=True).stdout
    for name in ["multibox.yaml", "multibox.sbatch"]:
        text = (EXAMPLES / name).read_text()
        command = text[re.search(r"multibox[, ]+train", text).start() :]
        options = re.findall(r"(?<![\w-])--[a-z-]+", command.split("status=")[0])
        unknown = [option for option in options if not re.search(rf"{option}\b", known)]
        seen.equal(f"{name}: unknown options of {len(options)}", "none", ", ".join(unknown) or "none")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/multibox")
    parser.add_argument("--keep", action="store_true", help="leave the runs, and say where")
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    if not binary.exists():
        sys.exit(f"cluster: {binary}: no such program; make build, or --binary")
    seen = Seen()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="multibox-cluster-"))
    try:
        examples(seen, binary)
        reference = Training(binary, folder / "one")
        status = reference.ended()
        if status != 0:
            print(reference.said(), file=sys.stderr)
        seen.equal("one process: exit", 0, status)
        undisturbed = Training(binary, folder / "two", torchrun())
        compare(seen, "torchrun", undisturbed, reference)
        lost_process(seen, binary, folder / "lost", undisturbed)
    finally:
        if arguments.keep:
            print(f"cluster: the runs are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if seen.show() else 1)


main()

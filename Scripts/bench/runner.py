"""What every part shares: the processes, the turns, the comparison and the JSON line."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NATIVE_BUILD = ROOT / ".build/release"
PLAIN_BUILD = ROOT / ".build/plain/release"
THREADS = int(os.environ.get("BENCH_THREADS", 2))
# For trying a part: fewer rounds than it asks for, and the time of the processor, which other work on
# the machine disturbs less. Figures that count are taken without.
ROUND_LIMIT = int(os.environ.get("BENCH_ROUNDS", 1000))
IS_CPU = os.environ.get("BENCH_CLOCK") == "cpu"
# A part that measures kept indexes names a folder of its own.
os.environ.setdefault("MULTIBOX_CACHE", "off")


class Mismatch(Exception):
    """The two sides do not compute the same."""


def progress(text):
    print(text, file=sys.stderr, flush=True)


def work_folder(name):
    folder = ROOT / ".build/bench" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Side:
    """A process that answers lines with JSON: `{"ready": true}`, then `{"ms": …, "cpu_ms": …}` for each."""

    def __init__(self, line, environment={}):
        self.process = subprocess.Popen(
            [str(word) for word in line],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.ready = self._answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args[0]} ended with status {self.process.wait()}")
        return json.loads(line)

    def measure(self, command="round", is_cpu=IS_CPU):
        """Runs a measurement once and returns its milliseconds."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._answer()["cpu_ms" if is_cpu else "ms"]

    def forget_peak(self):
        """Lets the peak of resident memory begin again, at what is resident now."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak(self):
        """The peak of resident memory in megabytes."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the system does not tell the peak of resident memory")


class Ours(Side):
    """The Swift process of one part, ready to answer."""

    def __init__(self, name, command, *arguments, threads=THREADS, executable="multibox-bench"):
        self.folder = work_folder(name)
        # A part on the build that a package gets which asks for no particular processor.
        path = PLAIN_BUILD if name.endswith("-plain") else NATIVE_BUILD
        command = [command] if command else []
        super().__init__(
            [path / executable, *command, "--folder", self.folder, "--threads", threads, *arguments]
        )
        self.inputs = load_file(self.folder / "inputs.safetensors")
        self.results = load_file(self.folder / "ours.safetensors")


def timed(function):
    """Returns a function that runs `function` once and returns its milliseconds."""

    clock = time.process_time if IS_CPU else time.perf_counter

    def measure():
        start = clock()
        function()
        return (clock() - start) * 1000

    return measure


def fastest(name, sides, rounds=5):
    """The name of the side with the lowest median, of functions that return milliseconds, run in turn.

    A side is run once before, unmeasured: a compiler's first call compiles.
    """
    times = {side: [] for side in sides}
    for measure in sides.values():
        measure()
    for _ in range(min(rounds, ROUND_LIMIT)):
        for side, measure in sides.items():
            times[side].append(measure())
    medians = {side: statistics.median(of_one) for side, of_one in times.items()}
    progress(f"{name}: peers: " + ", ".join(f"{side} {ms:.2f} ms" for side, ms in medians.items()))
    return min(medians, key=medians.get)


def alternate(name, ours, peer, rounds, warm_up=2, unit="ms"):
    """Runs both in turn, A B A B, and returns the part's result."""
    for _ in range(warm_up):
        ours(), peer()
    ours_ms, peer_ms = [], []

    def turn(measure):
        # A tenth of a second unmeasured: the other side's OpenMP threads, which wait by computing,
        # fall asleep, this side's threads wake up on cores of their own, which takes a virtual
        # machine some calls, and its data come into the caches.
        end = time.perf_counter() + 0.1
        while time.perf_counter() < end:
            last = measure()
            if last > 1000:
                return round(last, 4)
        return round(measure(), 4)

    for number in range(min(rounds, ROUND_LIMIT)):
        ours_ms.append(turn(ours))
        peer_ms.append(turn(peer))
        progress(
            f"{name}: round {number + 1}: {ours_ms[-1]:.3f} {unit}, peer {peer_ms[-1]:.3f} {unit}"
        )
    return result(name, ours_ms, peer_ms)


def result(name, ours_ms, peer_ms):
    ratio = statistics.median(peer_ms) / statistics.median(ours_ms)
    return {"name": name, "ours_ms": ours_ms, "peer_ms": peer_ms, "ratio": round(ratio, 4)}


def check_close(what, ours, peer, tolerance):
    """Compares element by element, relative to max(1, |peer|)."""
    if ours.shape != peer.shape:
        raise Mismatch(f"{what}: expected shape {peer.shape}, found {ours.shape}")
    error = (abs(ours - peer) / abs(peer).clip(1)).max() if peer.size else 0
    # Written so that NaN fails.
    if not error <= tolerance:
        raise Mismatch(f"{what}: expected the peer's values to {tolerance}, found {error} off")
    progress(f"{what}: equal to {error:.1e}")

"""What every part shares: the Swift process, the turns, the comparison and the JSON line."""

import json
import pathlib
import statistics
import subprocess
import sys
import time

from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXECUTABLE = ROOT / ".build/release/multibox-bench"
THREADS = 2


class Mismatch(Exception):
    """The two sides do not compute the same."""


def progress(text):
    print(text, file=sys.stderr, flush=True)


class Ours:
    """The Swift process of one part, ready to answer."""

    def __init__(self, name, command, *arguments, threads=THREADS):
        self.folder = ROOT / ".build/bench" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        line = [EXECUTABLE, command, "--folder", self.folder, "--threads", threads, *arguments]
        self.process = subprocess.Popen(
            [str(word) for word in line], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()
        self.inputs = load_file(self.folder / "inputs.safetensors")
        self.results = load_file(self.folder / "ours.safetensors")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"multibox-bench ended with status {self.process.wait()}")
        return json.loads(line)

    def measure(self, command="round"):
        """Runs a measurement once and returns its milliseconds."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._answer()["ms"]


def timed(function):
    """Returns a function that runs `function` once and returns its milliseconds."""

    def measure():
        start = time.perf_counter()
        function()
        return (time.perf_counter() - start) * 1000

    return measure


def alternate(name, ours, peer, rounds, warm_up=2):
    """Runs both in turn, A B A B, and returns the part's result."""
    for _ in range(warm_up):
        ours(), peer()
    ours_ms, peer_ms = [], []
    for number in range(rounds):
        ours_ms.append(round(ours(), 4))
        peer_ms.append(round(peer(), 4))
        progress(f"{name}: round {number + 1}: {ours_ms[-1]:.3f} ms, peer {peer_ms[-1]:.3f} ms")
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

"""A whole training step: forward, loss, backward, SGD; peer: torchvision's model.

The peer has two settings: as torchvision's reference training runs on a processor (float32), and
the best that PyTorch offers (channels-last, fused SGD, and bfloat16 autocast where the processor
multiplies that, backbone and heads compiled where that is faster here), the latter also with glibc's huge
pages (GLIBC_TUNABLES). Ours has its own default, which is bfloat16 where the processor multiplies it.
"""

import pathlib
import statistics
import sys

import numpy

import processor
from runner import THREADS, Ours, Side, alternate, check_close, fastest, progress, result

PEER_NAMES = {
    "ssd300-vgg16": "ssd300_vgg16",
    "ssdlite320-mobilenet-v3-large": "ssdlite320_mobilenet_v3_large",
}
BEST = ["--best", "--bfloat16"] if processor.has_bfloat16() else ["--best"]
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def ours_side(name, network, images, *options):
    arguments = ["--network", network, "--images", images, *options]
    return Ours(name, "train", *arguments, executable="multibox-bench-torch")


def peer_side(ours, network, *options, environment={}):
    script = pathlib.Path(__file__).with_name("train_peer.py")
    arguments = ["--folder", ours.folder, "--network", PEER_NAMES[network], "--threads", THREADS]
    return Side([sys.executable, script, *arguments, *options], environment)


def best_kind(name, ours, network):
    """Options of the peer's fastest setting: compiling trains faster or slower, by network and processor."""
    kinds = {"eager": BEST, "torch.compile": [*BEST, "--compile"]}
    with peer_side(ours, network, *kinds["eager"]) as eager:
        with peer_side(ours, network, *kinds["torch.compile"]) as compiled:
            sides = {"eager": eager.measure, "torch.compile": compiled.measure}
            kind = fastest(name, sides, rounds=3)
    return kind, kinds[kind]


def run(name, network, images, is_default=False, rounds=7):
    with ours_side(name, network, images) as ours:
        kind, options = (None, []) if is_default else best_kind(name, ours, network)
        with peer_side(ours, network, *options) as peer:
            check_close(name, ours.results["parts"], numpy.array(peer.ready["parts"]), 1e-3)
            if is_default:
                return alternate(name, ours.measure, peer.measure, rounds)
            with peer_side(ours, network, *options, environment=HUGE_PAGES) as huge:
                huge_ms = []

                def both():
                    huge_ms.append(round(huge.measure(), 4))
                    return peer.measure()

                found = alternate(name, ours.measure, both, rounds)
    huge_ms = huge_ms[-len(found["ours_ms"]) :]
    ratio = statistics.median(huge_ms) / statistics.median(found["ours_ms"])
    progress(f"{name}: peer with huge pages {statistics.median(huge_ms):.1f} ms, ratio {ratio:.2f}")
    return {
        **found,
        "peer_kind": kind,
        "peer_huge_pages_ms": huge_ms,
        "ratio_huge_pages": round(ratio, 4),
    }


def memory(name, network, images, rounds=2, steps=4):
    """The peak of resident memory while a few steps run, in megabytes; all of each process."""

    def peak(side):
        with side:
            side.forget_peak()
            for _ in range(steps):
                side.measure()
            return round(side.peak(), 1)

    ours_mb, peer_mb = [], []
    for _ in range(rounds):
        ours = ours_side(name, network, images, "--steps-only")
        ours_mb.append(peak(ours))
        peer_mb.append(peak(peer_side(ours, network, *BEST, "--steps-only")))
        progress(f"{name}: {ours_mb[-1]:.0f} MB, peer {peer_mb[-1]:.0f} MB")
    return result(name, ours_mb, peer_mb)

"""Runs the named parts of the benchmark, or `all`, which also writes BENCHMARKS.md."""

import json
import sys

import coco_ap
import loss
import postprocess
import table
from runner import Mismatch

PARTS = {
    "loss-k21": lambda name: loss.run(name, 21),
    "loss-k81": lambda name: loss.run(name, 81),
    "loss-k21-copy": lambda name: loss.run(name, 21, is_copy=True),
    "loss-k81-copy": lambda name: loss.run(name, 81, is_copy=True),
    "postprocess": postprocess.run,
    "coco-ap": coco_ap.run,
}


def main(names):
    is_all = names == ["all"]
    unknown = [] if is_all else [name for name in names if name not in PARTS]
    if not names or unknown:
        sys.exit(f"bench: expected all or names of {', '.join(PARTS)}, found {unknown or 'none'}")
    results = []
    for name in PARTS if is_all else names:
        try:
            results.append(PARTS[name](name))
        except Mismatch as mismatch:
            sys.exit(f"bench: {name}: {mismatch}")
        print(json.dumps(results[-1]), flush=True)
    if is_all:
        table.write(results)


main(sys.argv[1:])

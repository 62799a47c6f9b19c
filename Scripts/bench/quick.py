#!/usr/bin/env python3
"""Guards against regressions: counts instructions, which do not depend on what else runs.

Compares with instructions.json beside this file and fails where a count is over it by more than
5 %. `--renew` writes the file: after a change that is worth its cost, or with another compiler.
The last line is JSON: counts, and the shares by which they are above or below.

Counted by valgrind in the build of the heart without processor flags, because valgrind knows no AVX-512: what the
same source costs in AVX-512 is measured by the other parts.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXECUTABLE = ROOT / ".build/heart/release/multibox-count"
EXPECTED = pathlib.Path(__file__).with_name("instructions.json")
LIMIT = 0.05

# The measurements of multibox-count.
PARTS = ["loss", "non-maximum suppression", "detections", "average precision"]


def instructions(part):
    """Of one round: what two rounds take more than one."""
    return counted(part, 2) - counted(part, 1)


def counted(part, rounds):
    line = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", EXECUTABLE, part, str(rounds)]
    run = subprocess.run(
        line,
        capture_output=True,
        text=True,
        # Else the order of dictionaries changes from run to run.
        env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"},
    )
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode or not found:
        sys.exit(f"bench-quick: {part}:\n{run.stderr[-2000:]}")
    return int(found[1])


def main():
    found = {}
    for name in PARTS:
        found[name] = instructions(name)
        print(f"{name}: {found[name]:,} instructions", file=sys.stderr, flush=True)
    version = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    compiler = re.search(r"Swift version \S+", version)[0]
    if "--renew" in sys.argv:
        content = {"compiler": compiler, "instructions": found}
        EXPECTED.write_text(json.dumps(content, indent=2) + "\n")
    expected = json.loads(EXPECTED.read_text())
    if expected["compiler"] != compiler:
        print(f"expected counts are of {expected['compiler']}, found {compiler}", file=sys.stderr)
    growth = {name: found[name] / expected["instructions"][name] - 1 for name in found}
    for name, share in growth.items():
        if share > LIMIT:
            print(
                f"bench-quick: {name}: expected {expected['instructions'][name]:,} instructions,"
                f" found {found[name]:,}, {share:+.1%}",
                file=sys.stderr,
            )
    growth = {name: round(share, 4) for name, share in growth.items()}
    print(json.dumps({"name": "quick", "instructions": found, "growth": growth}))
    sys.exit(max(growth.values()) > LIMIT)


main()

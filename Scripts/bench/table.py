"""BENCHMARKS.md: the table and what it was measured on."""

import datetime
import platform
import statistics
import subprocess

from runner import ROOT

FLAGS = ["avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8"]


def write(results):
    processor = {}
    for line in open("/proc/cpuinfo"):
        key, _, value = line.partition(":")
        processor.setdefault(key.strip(), value.strip())
    cores = open("/proc/cpuinfo").read().count("processor\t:")
    flags = [flag for flag in FLAGS if flag in processor.get("flags", "").split()]
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    commit = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    requirements = (ROOT / "Scripts/bench-requirements.txt").read_text().splitlines()
    peers = ", ".join(line.replace("==", " ") for line in requirements if "==" in line)
    rows = [
        "| {name} | {ours:.2f} | {peer:.2f} | {ratio:.2f} |".format(
            name=result["name"],
            ours=statistics.median(result["ours_ms"]),
            peer=statistics.median(result["peer_ms"]),
            ratio=result["ratio"],
        )
        for result in results
    ]
    text = f"""# Benchmarks

Written by `make bench`; `make bench-NAME` measures one line. Both sides compute the same from the
same input, which is checked before anything is timed, with the same number of threads, in turn.
Times are medians of the rounds; a ratio above 1 says that MultiBox is faster.

| part | MultiBox, ms | peer, ms | peer / MultiBox |
| --- | ---: | ---: | ---: |
{chr(10).join(rows)}

- Machine: {processor.get("model name", platform.machine())}, {cores} cores, {", ".join(flags)}
- {swift.splitlines()[0] if swift else "Swift: unknown"}; MultiBox {commit}
- Peers: Python {platform.python_version()}, {peers}
- Date: {datetime.date.today()}
"""
    (ROOT / "BENCHMARKS.md").write_text(text)

"""Datasets of a million records, read by `multibox dataset`: seconds and peak memory of each format, read anew,
read and kept, and taken from the kept index.

The command reads every label and decodes every picture, which are tiny: what is measured is what each
record costs besides. The records are made in a temporary folder, gigabytes, which is deleted after.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import dataset_records
from runner import NATIVE_BUILD, ROOT, Mismatch, progress, work_folder

COUNT = 1_000_000
SHORT_COUNT = 20_000


def run(name, is_short=False):
    count = SHORT_COUNT if is_short else COUNT
    rows = {}
    for title, make in dataset_records.FORMATS.items():
        with tempfile.TemporaryDirectory(dir=work_folder(name)) as folder:
            folder = pathlib.Path(folder)
            make(folder, count)
            # What changed shortly before it is read is not kept.
            time.sleep(3)
            figures = {"anew": measured(folder, count, "off")}
            # Few records are read in less time than makes keeping them worth it.
            if not is_short:
                with tempfile.TemporaryDirectory(dir=work_folder(name)) as cache:
                    figures["keeping"] = measured(folder, count, cache)
                    figures["kept"] = measured(folder, count, cache)
                    size = sum(file.stat().st_size for file in pathlib.Path(cache).iterdir())
                    progress(f"{name}: {title}, {count:,} records: an index of {size / 1e6:.0f} MB")
        seconds, megabytes = figures["anew"]
        rows[title] = {"seconds": round(seconds, 1), "megabytes": round(megabytes)}
        for kind, (seconds, megabytes) in figures.items():
            if kind != "anew":
                rows[title][kind] = {"seconds": round(seconds, 1), "megabytes": round(megabytes)}
            progress(f"{name}: {title}, {count:,} records, {kind}: {seconds:.1f} s, {megabytes:.0f} MB")
    return {"name": name, "records": count, "formats": rows}


def measured(folder, count, cache):
    """Seconds and peak memory in megabytes of reading a dataset.

    `cache` is the folder of kept indexes, or `off`.
    """
    launcher = ROOT / "Scripts/bench/one_process.py"
    line = [sys.executable, launcher, NATIVE_BUILD / "multibox", "dataset", folder]
    run = subprocess.run(
        list(map(str, line)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True,
        env={**os.environ, "MULTIBOX_CACHE": str(cache)},
    )
    found = json.loads(run.stdout)
    objects = sum(len(dataset_records.variant(number)) for number in range(count))
    expected = f"train: {count} images, {objects} objects, 0 images without any"
    if found["status"] or expected not in found["output"].splitlines():
        raise Mismatch(
            f"expected {expected!r}, found status {found['status']} and {found['output'][:300]!r}"
        )
    return found["ms"] / 1000, found["megabytes"]

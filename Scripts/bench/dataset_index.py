"""Datasets of a million records, read by `multibox dataset`: seconds and peak memory of each format.

The command reads every label and decodes every picture, which are tiny: what is measured is what each
record costs besides. The records are made in a temporary folder, gigabytes, which is deleted after.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

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
            seconds, megabytes = measured(folder, count)
        rows[title] = {"seconds": round(seconds, 1), "megabytes": round(megabytes)}
        progress(f"{name}: {title}, {count:,} records: {seconds:.1f} s, {megabytes:.0f} MB")
    return {"name": name, "records": count, "formats": rows}


def measured(folder, count):
    """Seconds and peak memory in megabytes of reading a dataset."""
    launcher = ROOT / "Scripts/bench/one_process.py"
    line = [sys.executable, launcher, NATIVE_BUILD / "multibox", "dataset", folder]
    run = subprocess.run(
        list(map(str, line)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True
    )
    found = json.loads(run.stdout)
    objects = sum(len(dataset_records.variant(number)) for number in range(count))
    expected = f"train: {count} images, {objects} objects, 0 images without any"
    if found["status"] or expected not in found["output"].splitlines():
        raise Mismatch(
            f"expected {expected!r}, found status {found['status']} and {found['output'][:300]!r}"
        )
    return found["ms"] / 1000, found["megabytes"]

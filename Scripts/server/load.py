"""What a server does under load: ours, `detect` on the same images, and the peer; from another process, on loopback."""

import itertools
import re
import statistics
import subprocess
import sys
import threading
import time

import matplotlib

import programs

matplotlib.use("Agg")
from matplotlib import pyplot

CONNECTIONS = [1, 2, 4, 8, 16, 64, 256]
# The palette of Okabe and Ito, which colour-blind readers tell apart.
COLORS = {"multibox serve": "#0072b2", "FastAPI": "#d98200", "detect": "#009e73"}


def detect(multibox, model, images, threads, folder):
    """Images a second of `detect --throughput`, start and compilation left out: a long run less a short one."""
    seconds = []
    short = max(len(images) // 10, 8)
    for files in (images[:short], images):
        start = time.monotonic()
        with open(folder / "detections.jsonl", "w") as output:
            subprocess.run(
                [multibox, "detect", "--model", model, "--json", "--throughput", "--threads", str(threads), *files],
                check=True, stdout=output, stderr=subprocess.DEVNULL,
            )
        seconds.append(time.monotonic() - start)
    return (len(images) - short) / (seconds[1] - seconds[0])


def measure(server, peer, multibox, model, images, threads, seconds, rounds, folder):
    """Rounds that alternate, because a machine's pace changes; of each row the medians."""
    rows = {}
    for _ in range(rounds):
        rows.setdefault(("detect", 0), []).append(
            {"images": detect(multibox, model, images, threads, folder), "p50": 0, "p99": 0, "errors": 0})
        for name, target in (("multibox serve", server), ("FastAPI", peer)):
            for connections in CONNECTIONS:
                found = programs.wrk(target.url, images, connections, seconds)
                good = found["codes"].get("200", 0)
                errors = found["broken"] + sum(found["codes"].values()) - good
                rows.setdefault((name, connections), []).append(
                    {"images": good / found["seconds"], "p50": found["p50"], "p99": found["p99"], "errors": errors})
    middle = {
        key: {field: statistics.median(row[field] for row in found) for field in ("images", "p50", "p99")}
        | {"errors": sum(row["errors"] for row in found)}
        for key, found in rows.items()
    }
    wrong = [key for key, row in middle.items() if key[0] == "multibox serve" and row["errors"]]
    if wrong:
        sys.exit(f"server: errors below the queue's limit: {middle}")
    return middle


def table(rows):
    detected = rows["detect", 0]["images"]
    lines = [
        "| server | connections | images/s | of detect --throughput | p50 ms | p99 ms | errors |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (name, connections), row in rows.items():
        share = f"{row['images'] / detected:.2f}"
        times = f"{row['p50']:.0f} | {row['p99']:.0f}" if connections else "– | –"
        lines.append(
            f"| {name} | {connections or '–'} | {row['images']:.1f} | {share} | {times} | {row['errors']} |")
    return "\n".join(lines)


def picture(rows, path):
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for name in ("multibox serve", "FastAPI"):
        for axis, field in zip(axes, ("images", "p99")):
            values = [rows[name, connections][field] for connections in CONNECTIONS]
            axis.plot(CONNECTIONS, values, "o-", color=COLORS[name], ms=4, lw=1.4, label=name)
    axes[0].axhline(rows["detect", 0]["images"], color=COLORS["detect"], lw=1.2, ls="--", label="detect --throughput")
    for axis, title in zip(axes, ("images a second", "99th percentile of the time of a request, in ms")):
        axis.set_xscale("log", base=2)
        axis.set_xticks(CONNECTIONS, [str(count) for count in CONNECTIONS])
        axis.set_xlabel("connections", fontsize=9)
        axis.set_title(title, fontsize=10)
    axes[0].set_ylim(bottom=0)
    axes[1].set_yscale("log")
    axes[0].legend(fontsize=8, frameon=False)
    figure.savefig(path, dpi=110)


def memory(server, images, requests, folder):
    """Memory, descriptors and threads while so many requests are answered, and what changed behind the first tenth."""
    samples, isDone = [], threading.Event()

    def answered():
        text = server.get("/metrics").decode()
        return sum(float(value) for value in re.findall(r'^multibox_images_total\{.*\} (\S+)$', text, re.M))

    before = answered()

    def watch():
        while not isDone.wait(1):
            samples.append({"requests": answered() - before, **server.usage()})

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for turn in itertools.count(1):
            # Connections come and go too.
            found = programs.wrk(server.url, images, 16, 10)
            if set(found["codes"]) != {"200"} or found["broken"]:
                sys.exit(f"server: memory: expected status 200 alone, found {found}")
            if (count := answered() - before) >= requests:
                break
            print(f"server: memory: {count:.0f} of {requests} requests", file=sys.stderr)
    finally:
        isDone.set()
        watcher.join()
    text = "requests,megabytes,descriptors,threads\n" + "".join(
        ",".join(f"{value:.10g}" for value in sample.values()) + "\n" for sample in samples)
    (folder / "memory.csv").write_text(text)
    warm = [sample for sample in samples if sample["requests"] >= count / 10] or samples
    half = len(warm) // 2 or 1
    first, last = (
        statistics.median(sample["megabytes"] for sample in part) for part in (warm[:half], warm[-half:]))
    if last > 1.1 * first + 10:
        sys.exit(f"server: memory grew from {first:.0f} to {last:.0f} MB over {count:.0f} requests")
    return {"requests": round(count), "first_half_mb": round(first, 1), "second_half_mb": round(last, 1),
            "turns": turn, "largest_mb": round(max(sample["megabytes"] for sample in samples), 1),
            "descriptors": max(sample["descriptors"] for sample in samples),
            "threads": max(sample["threads"] for sample in samples)}

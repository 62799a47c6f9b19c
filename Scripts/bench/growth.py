"""How cost grows with size, as lines in a picture of the kind of processor, and where too steeply."""

import math
import re

import processor
from runner import ROOT, Ours, progress

# What a size is of, the sizes, and what they cost in theory, up to a constant factor.
KINDS = {
    "images": ("loss by images", [1, 2, 4, 8, 16, 32, 64], lambda n: n),
    # Besides matching, whose work is of every object, there is that of the default boxes.
    "objects": ("loss by objects in an image", [1, 2, 5, 10, 20, 50, 100, 200], lambda n: n),
    "candidates": (
        "suppression by candidates",
        [100, 300, 1000, 3000, 10000, 30000, 100000],
        lambda n: n * math.log(n),
    ),
    "evaluated": (
        "COCO's measures by images",
        [100, 300, 1000, 3000, 10000, 30000, 50000],
        lambda n: n * math.log(n),
    ),
}
# A step may cost so much more than its theory says: caches end, and times scatter.
TOLERANCE = 1.35


def run(name):
    sizes = [
        word for kind, (_, sizes, _) in KINDS.items() for word in [f"--{kind}", *sizes]
    ]
    with Ours(name, "growth", *sizes, threads=1) as ours:
        lines = {
            kind: {size: best(ours, f"{kind}/{size}") for size in sizes}
            for kind, (_, sizes, _) in KINDS.items()
        }
    steeper = [text for kind in lines for text in steep(kind, lines[kind])]
    for text in steeper or ["no step is steeper than its theory"]:
        progress(f"{name}: {text}")
    draw(lines)
    return {"name": name, "ms": lines, "steeper": steeper}


def best(ours, measurement):
    """The least processor time: what disturbs only adds. Short ones are measured more often."""
    first = ours.measure(measurement, is_cpu=True)
    rounds = min(max(int(300 / first), 2), 30)
    return round(min(first, *(ours.measure(measurement, True) for _ in range(rounds))), 4)


def steep(kind, line):
    title, sizes, theory = KINDS[kind]
    for small, large in zip(sizes, sizes[1:]):
        expected = theory(large) / theory(small)
        found = line[large] / line[small]
        if found > expected * TOLERANCE:
            yield f"{title}: from {small} to {large} expected {expected:.1f} times, found {found:.1f}"


def picture():
    kind = re.sub("[^a-z0-9]+", "-", processor.kind().lower())
    return ROOT / f"docs/pictures/growth-{kind}.png"


def draw(lines):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    for kind, line in lines.items():
        title, sizes, theory = KINDS[kind]
        times = [line[size] for size in sizes]
        (drawn,) = axes.loglog(sizes, times, marker="o", markersize=4, label=title)
        factor = times[-1] / theory(sizes[-1])
        axes.loglog(
            sizes, [factor * theory(size) for size in sizes], ":", color=drawn.get_color(), lw=1
        )
    axes.set(xlabel="size", ylabel="milliseconds, one thread")
    axes.set_title(
        f"How cost grows, {processor.kind()} (dotted: theory, through the last point)"
    )
    axes.grid(True, which="major", alpha=0.3)
    axes.legend()
    figure.savefig(picture(), dpi=120, metadata={"Software": None})
    progress(f"growth: {picture().relative_to(ROOT)}")

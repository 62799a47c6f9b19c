"""The table of what each found, in Markdown."""

import datetime
import platform
import statistics

import processor
from processes import ROOT, answer

HEAD = """| program | network | start | seeds | AP | AP50 | processor seconds | images seen |
| --- | --- | --- | --- | ---: | ---: | ---: | ---: |"""


def line(rows):
    """One line of the rows of a contestant, one a seed."""
    first = rows[0]
    seeds = ", ".join(str(row["seed"]) for row in rows)
    cells = [
        *(first[key] for key in ["program", "network", "start"]),
        seeds,
        *(spread([row[key] for row in rows], measure) for key in ["AP", "AP50"]),
        *(spread([row[key] for row in rows], count) for key in ["seconds", "images"]),
    ]
    return f"| {' | '.join(cells)} |"


def measure(value):
    return f"{value:.3f}".removeprefix("0")


def count(value):
    return f"{value:,.0f}"


def spread(values, words):
    """The mean, and the range of several."""
    mean = words(statistics.mean(values))
    if len(values) == 1:
        return mean
    return f"{mean} ({words(min(values))}–{words(max(values))})"


def text(rows, data, budget):
    lines = [line(of_one) for of_one in rows if of_one]
    requirements = (ROOT / "Scripts/accuracy/requirements.txt").read_text().splitlines()
    peers = ", ".join(entry.replace("==", " ") for entry in requirements if "==" in entry)
    version = answer([data.binary, "--version"]).splitlines()[0]
    flags = ", ".join(processor.flags())
    return f"""{HEAD}
{chr(10).join(lines)}

Several seeds: mean (range). Each was trained on {data.name}, {len(data.train.paths)} images of
*{data.train.name}*, and measured on {len(data.test.paths)} images of *{data.test.name}* by the same `multibox evaluate`, from
detections with a score of .001 on. {budget} Processor seconds are those of
the whole training process, measured. MultiBox has its defaults; torchvision the settings of its
reference training, in a loop that sets the rate by the processor seconds used; Ultralytics its defaults
at 320 pixels, as many epochs as fit the budget, its last weights.

- Machine: {processor.model()}, {processor.cores()} cores, {flags}
- MultiBox {version}; peers: Python {platform.python_version()}, {peers}
- Date: {datetime.date.today()}; command: `make bench-accuracy`
"""

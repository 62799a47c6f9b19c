"""Draws memory, descriptors and threads of long runs, as Scripts/faults/long has sampled them.

    python3 -m pip install matplotlib==3.11.2
    python3 Scripts/pictures/long_runs.py long.csv docs/pictures/long-runs.png
"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

# The palette of Okabe and Ito, which colour-blind readers tell apart.
COLORS = {"training": "#0072b2", "detection": "#d98200", "evaluation": "#009e73"}
TITLES = {"megabytes": "resident memory in MB", "descriptors": "open descriptors", "threads": "threads"}


def main(source, target):
    with open(source, newline="") as file:
        rows = list(csv.DictReader(file))
    figure, axes = pyplot.subplots(1, 3, figsize=(10, 2.8), layout="constrained")
    for axis, (field, title) in zip(axes, TITLES.items()):
        for name, color in COLORS.items():
            of_run = [row for row in rows if row["run"] == name]
            seconds = [float(row["seconds"]) for row in of_run]
            if seconds:
                shares = [second / seconds[-1] for second in seconds]
                axis.plot(shares, [float(row[field]) for row in of_run], color=color, lw=1.2, label=name)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("share of the run", fontsize=9)
        axis.set_ylim(bottom=0)
    axes[0].legend(fontsize=8, frameon=False)
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:3])

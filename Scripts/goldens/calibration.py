"""Makes random scores with what is right of them, and the reliability curve that scikit-learn gives.

    python3 -m pip install scikit-learn==1.9.1 numpy
    python3 Scripts/goldens/calibration.py Tests/MultiBoxTests/Goldens/calibration.json

Some scores are on the borders of bins. The expected calibration error is NumPy's: |precision - mean score| of each bin,
weighted by the number of scores in it.
"""

import json
import random
import sys

import numpy
import sklearn
from sklearn.calibration import calibration_curve

problems = []
for seed in range(1, 5):
    generator = random.Random(seed)
    bins = generator.choice([4, 5, 10, 16])
    scores = [generator.random() ** 2 for _ in range(200)] + [n / bins for n in range(bins + 1)]
    right = [int(generator.random() < score ** .7) for score in scores]
    truth, found = numpy.array(right), numpy.array(scores)
    precision, mean = calibration_curve(truth, found, n_bins=bins, strategy="uniform")
    # The bins that calibration_curve leaves out have no scores.
    counts = numpy.bincount(numpy.searchsorted(numpy.linspace(0, 1, bins + 1)[1:-1], found), minlength=bins)
    counts = counts[counts > 0]
    error = float((counts * numpy.abs(precision - mean)).sum() / counts.sum())
    problems.append({
        "seed": seed, "bins": bins, "scores": scores, "right": right, "precision": precision.tolist(),
        "meanScore": mean.tolist(), "error": error,
    })
with open(sys.argv[1], "w") as file:
    json.dump({"oracle": f"scikit-learn {sklearn.__version__}", "problems": problems}, file, separators=(",", ":"))
    file.write("\n")

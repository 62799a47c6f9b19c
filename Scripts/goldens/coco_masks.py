"""Makes masks as COCO writes them, and the boxes that pycocotools has around them.

    python3 -m pip install pycocotools==2.0.11 numpy
    python3 Scripts/goldens/coco_masks.py Tests/DatasetsTests/Goldens

Each mask stands there as its run lengths and as COCO's short text. Among them are single pixels, full columns, pixels in
the last corner and images of one row or column; a mask without a pixel has no box.
"""

import json
import os
import random
import sys

import numpy
from pycocotools import mask


def shapes(generator):
    height, width = generator.choice([(1, 9), (9, 1), (7, 5), (40, 60), (300, 200)])
    pixels = numpy.zeros((height, width), dtype=numpy.uint8, order="F")
    kind = generator.choice(["none", "pixels", "box", "column", "corner", "noise"])
    if kind == "pixels":
        for _ in range(generator.randint(1, 3)):
            pixels[generator.randrange(height), generator.randrange(width)] = 1
    elif kind == "box":
        top, left = generator.randrange(height), generator.randrange(width)
        pixels[top:top + generator.randint(1, height), left:left + generator.randint(1, width)] = 1
    elif kind == "column":
        pixels[:, generator.randrange(width)] = 1
    elif kind == "corner":
        pixels[height - 1, width - 1] = 1
    elif kind == "noise":
        for _ in range(height * width // 8):
            pixels[generator.randrange(height // 2, height), generator.randrange(width // 2, width)] = 1
    return pixels


def runs(pixels):
    counts, value, length = [], 0, 0
    for pixel in pixels.flatten(order="F"):
        if pixel != value:
            counts.append(length)
            value, length = pixel, 0
        length += 1
    return counts + [length]


def main(folder):
    generator = random.Random(13)
    result = []
    for _ in range(60):
        pixels = shapes(generator)
        encoded = mask.encode(pixels)
        counts = runs(pixels)
        size = [int(side) for side in encoded["size"]]
        assert mask.frPyObjects({"counts": counts, "size": size}, *size)["counts"] == encoded["counts"]
        result.append({
            "size": size, "counts": counts, "text": encoded["counts"].decode(),
            "box": [float(side) for side in mask.toBbox(encoded)] if pixels.any() else None,
        })
    with open(os.path.join(folder, "coco-masks.json"), "w") as file:
        json.dump(result, file, separators=(",", ":"))
        file.write("\n")


main(sys.argv[1])

"""Makes random detection problems and what pycocotools measures for them.

    python3 -m pip install pycocotools==2.0.11 numpy
    python3 Scripts/goldens/coco_problems.py Tests/DetectionDataTests/Goldens

Boxes lie on a coarse grid, so that IoUs on thresholds, areas on borders and equal scores are frequent. In the problems
named "decimal" they have one decimal, as files of COCO have two, and every detection's IoU with its object, or its share
in a crowd, is a threshold in exact arithmetic: which side rounding puts it on is what the reference's order of operations
says.
"""

import contextlib
import io
import json
import os
import random
import sys
import tempfile

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

NAMES = [
    "AP", "AP50", "AP75", "APsmall", "APmedium", "APlarge",
    "AR1", "AR10", "AR100", "ARsmall", "ARmedium", "ARlarge",
]


def problem(seed):
    generator = random.Random(seed)
    step = generator.choice([4, 8, 32])

    def box():
        sides = [step * generator.randint(1, 128 // step) for _ in range(2)]
        return [step * generator.randint(0, 8) for _ in range(2)] + sides

    categories = [{"id": 3 * i + 1, "name": f"class {i}"} for i in range(generator.randint(1, 4))]
    ids = generator.sample(range(1, 100), generator.randint(1, 8))
    annotations, results = [], []
    for image in ids:
        for _ in range(generator.choice([0, 1, 3, 8])):
            b = box()
            annotations.append({
                "id": len(annotations) + 1, "image_id": image, "bbox": b, "area": b[2] * b[3] * generator.choice([1, .7]),
                "category_id": generator.choice(categories)["id"], "iscrowd": int(generator.random() < .15),
            })
            for _ in range(generator.choice([0, 1, 2])):
                near = [v + generator.choice([0, 0, 1, -1]) * step / 4 for v in b]
                results.append({
                    "image_id": image, "category_id": annotations[-1]["category_id"], "bbox": near,
                    "score": generator.randint(1, 9) / 10,
                })
        for _ in range(generator.choice([0, 2, 120 if seed % 4 == 0 else 5])):
            results.append({
                "image_id": image, "category_id": generator.choice(categories)["id"], "bbox": box(),
                "score": generator.randint(0, 9) / 10,
            })
    generator.shuffle(results)
    truth = {"images": [{"id": i} for i in ids], "categories": categories, "annotations": annotations}
    return truth, results


def decimal_problem(seed):
    """Numbers are decimals of integers n / 10, so that each is the nearest double, as in a file."""
    generator = random.Random(seed)
    categories = [{"id": i + 1, "name": f"class {i}"} for i in range(generator.randint(1, 3))]
    ids = list(range(1, generator.randint(2, 12)))
    annotations, results = [], []
    for image in ids:
        for _ in range(generator.randint(1, 8)):
            # Sides in tenths; one of them a multiple of 20, so that its twentieths are tenths.
            sides = [20 * generator.randint(1, 120), generator.randint(1, 3000)]
            corner = [generator.randint(0, 6000), generator.randint(0, 6000)]
            axis = generator.randint(0, 1)
            if axis:
                sides.reverse()
            crowd = generator.random() < .1
            bbox = [v / 10 for v in corner + sides]
            category = generator.choice(categories)["id"]
            annotations.append({
                "id": len(annotations) + 1, "image_id": image, "bbox": bbox, "area": bbox[2] * bbox[3],
                "category_id": category, "iscrowd": int(crowd),
            })
            for _ in range(generator.randint(1, 3)):
                twentieths = generator.randint(10, 19)
                part, place = list(sides), list(corner)
                part[axis] = sides[axis] * twentieths // 20
                rest = sides[axis] - part[axis]
                # Inside the object the IoU is part / whole. Of the crowd's detections that share lies in it.
                place[axis] += generator.choice([0, rest, generator.randint(0, rest)])
                if crowd:
                    part, place = list(sides), list(corner)
                    place[axis] += rest
                results.append({
                    "image_id": image, "category_id": category, "bbox": [v / 10 for v in place + part],
                    "score": generator.randint(1, 99) / 100,
                })
    generator.shuffle(results)
    truth = {"images": [{"id": i} for i in ids], "categories": categories, "annotations": annotations}
    return truth, results


# An IoU of exactly .85, which the reference computes as less; with areas taken from corners AP would be .8, not .7.
ONE_BOX = (
    {
        "images": [{"id": 1}], "categories": [{"id": 1, "name": "class 0"}],
        "annotations": [{
            "id": 1, "image_id": 1, "bbox": [267.5, 285.3, 84.2, 232.0], "area": 84.2 * 232.0, "category_id": 1,
            "iscrowd": 0,
        }],
    },
    [{"image_id": 1, "category_id": 1, "bbox": [267.5, 285.3, 84.2, 197.2], "score": .9}],
)


def measure(truth, results):
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = os.path.join(folder, "truth.json")
        with open(path, "w") as file:
            json.dump(truth, file)
        coco = COCO(path)
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    figures = dict(zip(NAMES, map(float, evaluation.stats)))
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
    def mean(values):
        values = values[values > -1]
        return float(values.mean()) if values.size else -1.0
    names = {c["id"]: c["name"] for c in truth["categories"]}
    figures["perClass"] = {
        names[c]: {"AP": mean(precision[:, :, k]), "AP50": mean(precision[0, :, k])}
        for k, c in enumerate(evaluation.params.catIds)
    }
    return figures


def write(name, case, problem):
    truth, results = problem
    golden = {
        "oracle": f"pycocotools 2.0.11, Scripts/goldens/coco_problems.py, {case}",
        "groundTruth": truth, "detections": results, "expected": measure(truth, results),
    }
    with open(os.path.join(target, f"{name}.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


target = sys.argv[1]
os.makedirs(target, exist_ok=True)
for seed in range(1, 13):
    truth, results = problem(seed)
    if results:
        write(f"coco-{seed}", f"seed {seed}", (truth, results))
for seed in range(1, 9):
    write(f"coco-decimal-{seed}", f"decimal problem, seed {seed}", decimal_problem(seed))
write("coco-one-box", "the problem of one box", ONE_BOX)

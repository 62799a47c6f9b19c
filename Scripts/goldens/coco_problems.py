"""Makes random detection problems and what pycocotools measures for them.

    python3 -m pip install pycocotools==2.0.11 numpy
    python3 Scripts/goldens/coco_problems.py Tests/DatasetsTests/Goldens

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

import numpy
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


# Thresholds, ranges of area besides all areas, and limits other than COCO's; one with more pairs of a threshold and a range
# than a word has bits.
PARAMETERS = [
    {"iouThresholds": [.5, .75], "areaRanges": [["tiny", 0, 256], ["rest", 256, 1e10]], "detectionLimits": [1, 300]},
    {"iouThresholds": [.1, .3, .62, 1], "areaRanges": [], "detectionLimits": [2]},
    {
        "iouThresholds": [n / 20 for n in range(1, 20)],
        "areaRanges": [[f"size {n}", 4 ** n, 4 ** (n + 1)] for n in range(2, 8)], "detectionLimits": [1, 3, 10, 100],
    },
]


def evaluated(truth, results, parameters=None):
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = os.path.join(folder, "truth.json")
        with open(path, "w") as file:
            json.dump(truth, file)
        coco = COCO(path)
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        if parameters:
            evaluation.params.iouThrs = numpy.array(parameters["iouThresholds"])
            evaluation.params.areaRng = [[0, 1e10]] + [bounds for _, *bounds in parameters["areaRanges"]]
            evaluation.params.areaRngLbl = ["all"] + [name for name, *_ in parameters["areaRanges"]]
            evaluation.params.maxDets = parameters["detectionLimits"]
        evaluation.evaluate()
        evaluation.accumulate()
        if not parameters:
            evaluation.summarize()
    return evaluation


def mean(values):
    values = values[values > -1]
    return float(values.mean()) if values.size else -1.0


def tables(evaluation, classes):
    """AP by range and threshold, and recall by range and limit, of some classes."""
    precision, recall = (evaluation.eval[key] for key in ("precision", "recall"))
    thresholds, _, _, ranges, limits = precision.shape
    return {
        "AP": [[mean(precision[t, :, classes, r, -1]) for t in range(thresholds)] for r in range(ranges)],
        "AR": [[mean(recall[:, classes, r, m]) for m in range(limits)] for r in range(ranges)],
    }


def measure(truth, results):
    evaluation = evaluated(truth, results)
    figures = dict(zip(NAMES, map(float, evaluation.stats)))
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
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


def write_parameters(number, seed):
    truth, results = problem(seed)
    parameters = PARAMETERS[number - 1]
    evaluation = evaluated(truth, results, parameters)
    count = len(evaluation.params.catIds)
    golden = {
        "oracle": f"pycocotools 2.0.11, Scripts/goldens/coco_problems.py, seed {seed}", "groundTruth": truth,
        "detections": results, "parameters": parameters, "total": tables(evaluation, list(range(count))),
        "perClass": [tables(evaluation, [k]) for k in range(count)],
    }
    with open(os.path.join(target, f"coco-parameters-{number}.json"), "w") as file:
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
for number, seed in enumerate((4, 8, 12), 1):
    write_parameters(number, seed)

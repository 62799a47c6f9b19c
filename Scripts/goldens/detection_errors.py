"""Makes random detection problems and what TIDE says of their mistakes.

    python3 -m pip install tidecv==1.0.1 pycocotools==2.0.11 numpy opencv-python-headless seaborn
    python3 Scripts/goldens/detection_errors.py Tests/MultiBoxTests/Goldens/detection-errors.json

Scores differ, so that no order of equal ones matters; coordinates have one decimal. Every class has objects:
TIDE's mean counts a class without any as 0, COCO's leaves it out. There are no crowds: TIDE sorts ignored
detections among the mistakes.
"""

import json
import random
import sys

from tidecv import TIDE, Data
from tidecv.errors import main_errors

CLASSES = 3
KINDS = {
    "classification": main_errors.ClassError, "localization": main_errors.BoxError, "both": main_errors.OtherError,
    "duplicate": main_errors.DuplicateError, "background": main_errors.BackgroundError,
    "missed": main_errors.MissedError,
}


def problem(seed):
    """[class, x, y, width, height] of objects by image; the same and a score of detections."""
    generator = random.Random(seed)

    def box():
        return [round(generator.uniform(low, high), 1) for low, high in [(0, 80), (0, 80), (8, 40), (8, 40)]]

    scores = [index / 1000 for index in range(1, 1000)]
    generator.shuffle(scores)
    images = []
    for number in range(12):
        objects = [[1 + (number + index) % CLASSES, *box()] for index in range(generator.choice([0, 2, 4, 7]))]
        detections = []
        for kind, *sides in objects:
            for _ in range(generator.choice([0, 1, 1, 2, 3])):
                shift = generator.choice([1, 2, 6, 12])
                near = [round(side + generator.uniform(-shift, shift), 1) for side in sides]
                near[2:] = [max(side, 2) for side in near[2:]]
                other = generator.randint(1, CLASSES)
                detections.append([kind if generator.random() < 0.7 else other, *near, scores.pop()])
        for _ in range(generator.choice([0, 1, 3])):
            detections.append([generator.randint(1, CLASSES), *box(), scores.pop()])
        images.append({"objects": objects, "detections": detections})
    return images


def measured(images):
    truth, found = Data("truth"), Data("found")
    for index in range(1, CLASSES + 1):
        truth.add_class(index, str(index))
        found.add_class(index, str(index))
    for number, image in enumerate(images):
        truth.add_image(number, str(number))
        for kind, *box in image["objects"]:
            truth.add_ground_truth(number, kind, box=box)
        for kind, *box, score in image["detections"]:
            found.add_detection(number, kind, score, box=box)
    tide = TIDE()
    run = tide.evaluate(truth, found, pos_threshold=0.5, background_threshold=0.1, mode=TIDE.BOX)
    costs = run.fix_main_errors()
    return {
        "ap": run.ap / 100,
        "kinds": {
            name: {"count": len(run.error_dict[kind]), "cost": costs[kind] / 100} for name, kind in KINDS.items()
        },
    }


def main(target):
    problems = []
    for seed in range(1, 5):
        images = problem(seed)
        problems.append({"seed": seed, "images": images, **measured(images)})
    with open(target, "w") as file:
        json.dump({"oracle": "tidecv 1.0.1", "classCount": CLASSES, "problems": problems}, file, separators=(",", ":"))
        file.write("\n")


main(sys.argv[1])

"""COCO's files: a whole evaluation, and a long file of ground truth, each as a process of its own.

`run`: 5,000 images, 36,000 objects with polygons and 500,000 detections, from the start of the process
to the measures. `run_large`: an instances file of 500 MB, read into memory.
Peers: hotcoco, pycocotools, faster-coco-eval. Times are the processor's, of all threads, because the
number of threads is the peers' own affair.
"""

import json
import random
import subprocess
import sys

import numpy

from runner import NATIVE_BUILD, ROOT, THREADS, Mismatch, alternate, check_close, progress, result
from runner import work_folder

CLASSES = 80
SIDE = 640


def run(name, rounds=5):
    truth, detections = files(work_folder(name), images=5000, objects=36000, detections=100)
    ours, peer = Costs(own(truth, detections)), Costs(their("coco_peer.py", "hotcoco", truth, detections))
    slow = {library: Costs(their("coco_peer.py", library, truth, detections)) for library in SLOW}
    for costs in [peer, *slow.values()]:
        check_close(name, ours.output(), costs.output(), 1e-12)
    both = alternate(name, ours, peer, rounds, warm_up=0)
    both["wall"] = result(name, ours.column("ms", rounds), peer.column("ms", rounds))
    both["memory"] = memory(name, ours, peer)
    # Half a minute a run: the one of the comparison counts.
    for library, costs in slow.items():
        both[library] = result(name, both["ours_ms"], costs.column("cpu_ms"))
    return both


def run_large(name, rounds=3):
    truth, _ = files(work_folder(name), images=118_000, objects=860_000, detections=0)
    progress(f"{name}: {truth.stat().st_size / 1e6:.0f} MB")
    ours, peer = Costs(own(truth)), Costs(their("coco_peer.py", "pycocotools", truth))
    check_close(name, ours.output(), peer.output(), 0)
    both = alternate(name, ours, peer, rounds, warm_up=0)
    both["memory"] = memory(name, ours, peer)
    return both


SLOW = ["pycocotools", "faster-coco-eval"]


def own(*paths):
    return [NATIVE_BUILD / "multibox-bench", "coco-files", "--threads", THREADS, *paths]


def their(script, *arguments):
    return [sys.executable, ROOT / "Scripts/bench" / script, *arguments]


class Costs:
    """A command that is run as often as it is called, and what each run cost."""

    def __init__(self, command):
        launcher = ROOT / "Scripts/bench/one_process.py"
        self.command = [str(word) for word in [sys.executable, "-S", launcher, *command]]
        self.runs = []

    def __call__(self):
        text = subprocess.run(self.command, stdout=subprocess.PIPE, check=True).stdout
        self.runs.append(json.loads(text))
        if self.runs[-1]["status"]:
            raise Mismatch(f"{self.command[3:]} ended with status {self.runs[-1]['status']}")
        return self.runs[-1]["cpu_ms"]

    def output(self):
        if not self.runs:
            self()
        return numpy.array(json.loads(self.runs[-1]["output"]))

    def column(self, key, count=1):
        return [round(run[key], 4) for run in self.runs[-count:]]


def memory(name, ours, peer):
    return result(name, ours.column("megabytes", 3), peer.column("megabytes", 3))


def files(folder, images, objects, detections):
    """Writes both files as COCO's own look: default separators, polygons, URLs; floats in full."""
    truth, found = folder / "instances.json", folder / "results.json"
    generator = random.Random(7)
    uniform = generator.uniform
    polygons = [
        ", ".join(f"{uniform(0, SIDE):.2f}" for _ in range(2 * generator.randint(4, 50)))
        for _ in range(1000)
    ]

    def box():
        width, height = uniform(5, 300), uniform(5, 300)
        return uniform(0, SIDE - width), uniform(0, SIDE - height), width, height

    of_image = [[] for _ in range(images)]
    with truth.open("w") as file:
        file.write('{"info": {"description": "made"}, "images": [')
        for index in range(images):
            name = f"{index:012d}.jpg"
            file.write(
                f'{", " if index else ""}{{"license": 4, "file_name": "{name}", "coco_url": '
                f'"http://images.cocodataset.org/val2017/{name}", "height": {SIDE}, "width": {SIDE},'
                f' "date_captured": "2013-11-14 17:02:52", "id": {7 * index + 3}}}'
            )
        file.write('], "annotations": [')
        for number in range(objects):
            index, category = generator.randrange(images), generator.randint(1, CLASSES)
            sides = [round(side, 2) for side in box()]
            of_image[index].append((sides, category))
            file.write(
                f'{", " if number else ""}{{"segmentation": [[{generator.choice(polygons)}]],'
                f' "area": {0.7 * sides[2] * sides[3]}, "iscrowd": {int(uniform(0, 1) < 0.01)},'
                f' "image_id": {7 * index + 3}, "bbox": {sides}, "category_id": {category},'
                f' "id": {number + 1}}}'
            )
        classes = [{"id": index, "name": f"class {index}"} for index in range(1, CLASSES + 1)]
        file.write(f'], "categories": {json.dumps(classes)}}}')
    if detections:
        with found.open("w") as file:
            rows = (
                {"image_id": 7 * index + 3, "category_id": category, "bbox": sides, "score": uniform(0, 1)}
                for index in range(images)
                for sides, category in near(of_image[index], detections, box, generator)
            )
            file.write("[" + ", ".join(map(json.dumps, rows)) + "]")
    return truth, found


def near(objects, count, box, generator):
    """Two detections near each object, the rest anywhere."""
    for number in range(count):
        if number < 2 * len(objects):
            (x, *rest), category = objects[number // 2]
            yield [x + generator.uniform(-0.15, 0.15) * rest[1], *rest], category
        else:
            yield list(box()), generator.randint(1, CLASSES)

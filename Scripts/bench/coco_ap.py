"""COCO's measures of 5,000 images with 100 detections each, 80 classes; peer: pycocotools.

Both sides begin with the boxes in memory; reading files is not measured.
"""

import contextlib
import io

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from runner import Ours, alternate, check_close, progress, timed


def run(name, rounds=3):
    # pycocotools has one thread, so ours gets no more.
    with Ours(name, "coco-ap", threads=1) as ours:
        truth, detections = quietly(lambda: load(ours.inputs))

        def peer():
            evaluation = COCOeval(truth, detections, "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            return evaluation.stats

        progress(f"{name}: comparing")
        check_close(name, ours.results["measures"], quietly(peer), 1e-12)
        # The comparison has warmed up the peer.
        return alternate(name, ours.measure, timed(lambda: quietly(peer)), rounds, warm_up=0)


def quietly(function):
    with contextlib.redirect_stdout(io.StringIO()):
        return function()


def load(inputs):
    objects = inputs["objects"]
    images = int(inputs["detections"][:, 0].max())
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": index} for index in range(1, images + 1)],
        "categories": [{"id": index} for index in range(1, int(objects[:, 6].max()) + 1)],
        "annotations": [
            {
                "id": number,
                "image_id": int(row[0]),
                "bbox": row[1:5].tolist(),
                "area": row[3] * row[4],
                "category_id": int(row[6]),
                "iscrowd": 0,
            }
            for number, row in enumerate(objects, 1)
        ],
    }
    truth.createIndex()
    return truth, truth.loadRes(numpy.ascontiguousarray(inputs["detections"]))

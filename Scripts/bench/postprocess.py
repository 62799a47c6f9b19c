"""Detections of one SSD300 image; peer: torchvision's postprocess_detections.

Measured on random logits, where nearly every score passes the threshold, and on logits as a trained
network gives them; the JSON line's times are of the latter, `random` holds the former.
"""

import numpy
import torch
from torchvision.models.detection import ssd300_vgg16

from runner import Mismatch, Ours, alternate, progress, timed


def run(name, rounds=15):
    # One image: ours takes one thread, so the peer does not get more.
    threads = 1
    torch.set_num_threads(threads)
    model = ssd300_vgg16(weights=None, weights_backbone=None)
    results = {}
    with Ours(name, "postprocess", threads=threads) as ours, torch.inference_mode():
        offsets = torch.from_numpy(ours.inputs["offsets"])[None]
        anchors = [torch.from_numpy(ours.inputs["default_boxes"]).float()]
        for kind in ["random", "trained"]:
            outputs = {
                "bbox_regression": offsets,
                "cls_logits": torch.from_numpy(ours.inputs[kind])[None],
            }

            def peer():
                return model.postprocess_detections(outputs, anchors, [(1, 1)])[0]

            compare(kind, ours.results, peer())
            results[kind] = alternate(
                f"{name} ({kind})", lambda: ours.measure(kind), timed(peer), rounds
            )
    return {**results["trained"], "name": name, "random": results["random"]}


def compare(kind, ours, peer):
    """Every detection of the one side is among the other's, so equal scores may swap places."""
    labels, scores, boxes = (ours[f"{kind}.{part}"] for part in ["labels", "scores", "boxes"])
    if len(labels) != len(peer["labels"]):
        raise Mismatch(f"{kind}: expected {len(peer['labels'])} detections, found {len(labels)}")
    same = (labels[:, None] == peer["labels"].numpy()) & (
        abs(scores[:, None] - peer["scores"].numpy()) < 1e-5
    )
    same &= abs(boxes[:, None] - peer["boxes"].numpy()).max(2) < 1e-4
    if not (same.any(0).all() and same.any(1).all()):
        missing = numpy.flatnonzero(~same.any(0)).tolist()
        raise Mismatch(f"{kind}: expected the peer's detections, found none for its {missing}")
    progress(f"postprocess: {kind}: {len(labels)} equal detections")

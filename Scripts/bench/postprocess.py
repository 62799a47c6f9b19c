"""Detections of one SSD300 image; peer: torchvision's postprocess_detections.

Measured on random logits, where nearly every score passes the threshold, and on logits as a trained
network gives them; the JSON line's times are of the latter, `random` holds the former.
"""

import torch
from detections import compare
from torchvision.models.detection import ssd300_vgg16

from runner import Ours, alternate, timed


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

            found = {part: ours.results[f"{kind}.{part}"] for part in ["labels", "scores", "boxes"]}
            compare(f"{name} ({kind})", found, peer())
            results[kind] = alternate(
                f"{name} ({kind})", lambda: ours.measure(kind), timed(peer), rounds
            )
    return {**results["trained"], "name": name, "random": results["random"]}

"""Compares detections."""

import numpy

from runner import Mismatch, progress


def compare(what, ours, peer, score_tolerance=1e-5, box_tolerance=1e-4, allowed=0):
    """Every detection of the one side is among the other's, so equal scores may swap places.

    `allowed` may be missing of either side, where scores or overlaps are a rounding error from a
    threshold.
    """
    labels, scores, boxes = (ours[part] for part in ["labels", "scores", "boxes"])
    peer = {name: value.numpy() for name, value in peer.items()}
    same = (labels[:, None] == peer["labels"]) & (
        abs(scores[:, None] - peer["scores"]) < score_tolerance
    )
    same &= abs(boxes[:, None] - peer["boxes"]).max(2) < box_tolerance
    missing = numpy.flatnonzero(~same.any(0)).tolist()
    surplus = numpy.flatnonzero(~same.any(1)).tolist()
    if max(len(missing), len(surplus)) > allowed or not len(labels):
        raise Mismatch(
            f"{what}: expected the peer's {len(peer['labels'])} detections, found {len(labels)},"
            f" without its {missing}, with {surplus}"
        )
    progress(f"{what}: {len(labels)} detections, {len(missing) + len(surplus)} of one side alone")

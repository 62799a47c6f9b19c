"""Makes goldens of the adaptive rules: ATSS and task-aligned assignment.

    python3 -m pip install torch==2.15.0 torchvision==0.29.2  # and mmdet 3.3.0, as in published.py
    python3 Scripts/goldens/assigners.py Tests/MultiBoxTests/Goldens

Everything in float64. The rules are mmdet's ATSSAssigner and TaskAlignedAssigner, and the soft targets
those of its TOODHead; the boxes are decoded by torchvision's BoxCoder.

The k nearest default boxes are taken from all boxes of a map, whatever their cell or shape; the boxes
of one cell are equally far. torch.topk leaves open which of them it takes, so it is made stable here:
the lower index first. TOODHead stores its targets as torch.float, which is made float64.

mmdet asks that a center lies more than .01 pixels within an object. A side is 256 pixels here, and no
center is nearer than a pixel / 4 to an edge of an object: any small number gives the same. All
coordinates of default boxes are sums of powers of 2, so that equal distances are equal in any order of
the sums; nothing else is nearer to a decision than MARGIN.
"""

import json
import math
import sys
import types

import published
import torch
import torchvision

published.stand_in("mmcv._ext")

import mmdet
from mmdet.models.dense_heads import TOODHead
from mmdet.models.task_modules import ATSSAssigner, PseudoSampler, TaskAlignedAssigner
from mmengine.structures import InstanceData
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import box_convert, box_iou

SEED = 20261126
SIDE = 256
MARGIN = 1e-6
torch.set_default_dtype(torch.float64)
ORACLE = {"mmdet": mmdet.__version__, "torch": torch.__version__.split("+")[0],
          "torchvision": torchvision.__version__.split("+")[0], "seed": SEED}
unstable_topk = torch.Tensor.topk


def stable_topk(values, k, dim=-1, largest=True):
    ordered, indices = values.sort(dim=dim, descending=largest, stable=True)
    return ordered.narrow(dim, 0, k), indices.narrow(dim, 0, k)


def default_boxes(maps):
    """Center boxes, map by map, row by row, cell by cell."""
    boxes = []
    for number, (width, height, per_cell) in enumerate(maps):
        scale = .125 * 2 ** number
        shapes = [(max(1, round(64 * min(scale * math.sqrt(ratio), 1))) / 64,
                   max(1, round(64 * min(scale / math.sqrt(ratio), 1))) / 64)
                  for ratio in [1, 2, .5, 1.7, 3, .33][:per_cell]]
        for row in range(height):
            for column in range(width):
                boxes += [[(column + .5) / width, (row + .5) / height, *shape] for shape in shapes]
    return torch.tensor(boxes)


def random_objects(kinds, boxes, generator):
    objects = []
    while len(objects) < len(kinds):
        kind = kinds[len(objects)]
        center, size = torch.rand(2, generator=generator), torch.rand(2, generator=generator)
        if kind == "tiny":
            sides = size * .02 + .008
        elif kind == "between":
            # So small, and so far from all centers, that none lies within.
            sides = size * .02 + .02
        else:
            sides = size * .4 + .08
        start = center * (1 - sides)
        if kind == "twin":
            # Nearly the object before it: both want the same default boxes.
            start = torch.tensor(objects[-1][:2]) + (center - .5) * .05
            sides = torch.tensor(objects[-1][2:]) - torch.tensor(objects[-1][:2]) + (size - .5) * .06
        corners = torch.cat([start, start + sides])
        corners = (corners * 1e5).round() / 1e5
        past_start, before_end = boxes[:, :2] - corners[:2], corners[2:] - boxes[:, :2]
        inside = ((past_start > 0) & (before_end > 0)).all(1)
        near = torch.cat([past_start, before_end]).abs().min() * SIDE < .25
        if corners.min() < 0 or corners.max() > 1 or near or (kind == "between" and inside.any()):
            continue
        objects.append(corners.tolist())
    return torch.tensor(objects).reshape(-1, 4)


def predictions(boxes, objects, classes, class_count, generator):
    """As of a network that has begun to learn: near an object, boxes and classes tend to it."""
    corners = box_convert(boxes, "cxcywh", "xyxy")
    logits = torch.rand(len(boxes), class_count, generator=generator) * 5 - 4
    offsets = torch.rand(len(boxes), 4, generator=generator) * 8 - 4
    if len(objects):
        overlaps, which = box_iou(corners, objects).max(1)
        learned = (overlaps > .05) & (torch.rand(len(boxes), generator=generator) < .8)
        target = CODER.encode_single(objects[which], corners)
        share = torch.rand(len(boxes), 1, generator=generator) * .6 + .4
        offsets = torch.where(learned[:, None], target * share + offsets * .3, offsets)
        logits[learned, classes[which[learned]]] += 3 * share[learned, 0]
    return (logits * 1e4).round() / 1e4, (offsets * 1e4).round() / 1e4


CODER = BoxCoder(weights=(10., 10., 5., 5.))


def atss(problem, corners, objects, classes):
    assigner = ATSSAssigner(topk=problem["k"])
    result = assigner.assign(InstanceData(priors=corners * SIDE), problem["counts"],
                             InstanceData(bboxes=objects * SIDE, labels=classes - 1))
    chosen = result.gt_inds - 1
    overlaps = torch.where(chosen >= 0, result.max_overlaps, 0.)
    return {"objects": chosen.tolist(), "overlaps": overlaps.tolist()}


def task_aligned(problem, corners, decoded, scores, objects, classes):
    owner = types.SimpleNamespace(
        train_cfg={"allowed_border": -1, "pos_weight": -1}, sampler=PseudoSampler(),
        alignment_assigner=TaskAlignedAssigner(topk=problem["topK"]),
        alpha=problem["alpha"], beta=problem["beta"], num_classes=scores.shape[1])
    truth = InstanceData(bboxes=objects * SIDE, labels=classes - 1)
    _, labels, _, _, targets = TOODHead._get_targets_single(
        owner, scores, decoded * SIDE, corners * SIDE, torch.ones(len(corners), dtype=torch.bool),
        truth, {"img_shape": (SIDE, SIDE)})
    result = owner.alignment_assigner.assign(
        InstanceData(priors=corners * SIDE, scores=scores, bboxes=decoded * SIDE), truth, None,
        owner.alpha, owner.beta)
    chosen = result.gt_inds - 1
    assert torch.equal(chosen >= 0, labels < owner.num_classes)
    overlaps = torch.where(chosen >= 0, result.max_overlaps, 0.)
    return {"objects": chosen.tolist(), "overlaps": overlaps.tolist(),
            "metrics": result.assign_metrics.tolist(), "targets": targets.tolist()}


def is_clear(problem, corners, decoded, scores, objects, classes):
    """No decision hangs on less than MARGIN, but the order in a cell, and of metrics of 0."""
    def gap(values):
        values = values.sort().values
        differences = values[1:] - values[:-1]
        differences = differences[differences != 0]
        return differences.min() if len(differences) else 1.

    overlaps = box_iou(corners, objects)
    aligned = box_iou(decoded, objects)
    centers, middles = (corners[:, :2] + corners[:, 2:]) / 2, (objects[:, :2] + objects[:, 2:]) / 2
    for index in range(len(objects)):
        start, chosen = 0, []
        distances = (centers - middles[index]).norm(dim=1)
        for count in problem["counts"]:
            part = distances[start:start + count]
            if gap(part) < MARGIN:
                return False
            nearest = stable_topk(part, min(problem["k"], count), 0, False)[1]
            chosen.append(overlaps[start + nearest, index])
            start += count
        candidates = torch.cat(chosen)
        if (candidates - candidates.mean() - candidates.std()).abs().min() < MARGIN:
            return False
        metrics = (scores[:, classes[index] - 1] ** problem["alpha"]
                   * aligned[:, index] ** problem["beta"]).sort(descending=True).values
        last = min(problem["topK"], len(metrics) - 1)
        if 0 < metrics[last - 1] and metrics[last - 1] - metrics[last] < MARGIN * metrics[last - 1]:
            return False
        for other in range(index):
            for table in [overlaps, aligned]:
                both = table[(table[:, index] > 0) & (table[:, other] > 0)]
                if len(both) and (both[:, index] - both[:, other]).abs().min() < MARGIN:
                    return False
    return True


def make(number, setup):
    maps, kinds, class_count, score, k, top_k, alpha, beta = setup
    generator = torch.Generator().manual_seed(SEED + number)
    boxes = default_boxes(maps)
    corners = box_convert(boxes, "cxcywh", "xyxy")
    problem = {"maps": [list(item) for item in maps], "counts": [w * h * a for w, h, a in maps], "k": k,
               "topK": top_k, "alpha": alpha, "beta": beta, "score": score, "classCount": class_count}
    while True:
        objects = random_objects(kinds, boxes, generator)
        classes = torch.randint(1, class_count, (len(objects),), generator=generator)
        logits, offsets = predictions(boxes, objects, classes, class_count, generator)
        decoded = CODER.decode_single(offsets, corners)
        scores = (logits.softmax(1) if score == "softmax" else logits.sigmoid())[:, 1:]
        if is_clear(problem, corners, decoded, scores, objects, classes):
            break
    torch.Tensor.topk, torch.float = stable_topk, torch.float64
    try:
        problem |= {"atss": atss(problem, corners, objects, classes),
                    "taskAligned": task_aligned(problem, corners, decoded, scores, objects, classes)}
    finally:
        torch.Tensor.topk, torch.float = unstable_topk, torch.float32
    return {"defaultBoxes": boxes.flatten().tolist(), "objects": objects.tolist(),
            "classes": classes.tolist(), "logits": logits.flatten().tolist(),
            "offsets": offsets.flatten().tolist(), "decoded": decoded.flatten().tolist()} | problem


def rounded(value):
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(value)
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


# Maps as (columns, rows, boxes in a cell); what the objects are; classes; score; k; top k; alpha; beta.
SETUPS = [
    ([(4, 4, 4), (2, 2, 4), (1, 1, 4)], ["any"] * 3, 3, "sigmoid", 9, 13, 1, 6),
    ([(8, 4, 2), (4, 2, 3), (2, 1, 3), (1, 1, 2)], ["any", "twin", "any", "twin", "twin"], 4,
     "sigmoid", 9, 13, 1, 6),
    ([(4, 4, 3), (2, 2, 6), (2, 2, 4), (1, 1, 4), (1, 1, 2)],
     ["tiny", "any", "between", "any", "twin", "tiny", "between", "any"], 3, "sigmoid", 9, 13, 1, 6),
    ([(4, 2, 2), (2, 1, 2), (1, 1, 2)], [], 3, "sigmoid", 9, 13, 1, 6),
    ([(8, 8, 1), (4, 4, 1), (2, 2, 1)], ["any", "any", "tiny", "any"], 2, "sigmoid", 9, 13, 1, 6),
    ([(2, 2, 1), (1, 2, 2), (1, 1, 1)], ["any", "any"], 3, "sigmoid", 9, 13, 1, 6),
    ([(8, 4, 2), (4, 2, 2), (2, 1, 3)], ["any", "twin", "tiny", "any"], 4, "softmax", 9, 13, 1, 6),
    ([(4, 4, 3), (2, 2, 3), (1, 1, 3)], ["any", "any", "twin", "any", "twin", "any", "any"], 3,
     "sigmoid", 4, 5, .5, 2),
    ([(8, 8, 2), (4, 4, 2), (2, 2, 2)], ["any", "twin", "any", "twin", "any", "tiny", "any", "any"], 3,
     "sigmoid", 9, 13, 1, 6),
]

if __name__ == "__main__":
    with open(f"{sys.argv[1]}/assigners.json", "w") as file:
        cases = [make(*item) for item in enumerate(SETUPS)]
        json.dump({"oracle": ORACLE, "cases": rounded(cases)}, file, separators=(",", ":"))
        file.write("\n")

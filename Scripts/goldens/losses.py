"""Makes goldens of the losses: of the box losses, the focal loss, and whole losses by preset.

    python3 -m pip install torch==2.15.0 torchvision==0.29.2
    python3 Scripts/goldens/losses.py Tests/MultiBoxTests/Goldens

Everything in float64. GIoU, DIoU, CIoU, focal loss and the torchvision preset are torchvision's own
functions; IoU and EIoU are written here from their papers and differentiated by autograd; the NVIDIA
preset is written here from what that system computes.

torchvision ranks the negatives with an unstable sort. Where mining goes on with the positives, which
all have the loss -inf there, the processor's sort decides which of them come first, unless all do.
So the sort is made stable here: the lower index first.
"""

import json
import math
import sys
import types

import torch
import torchvision
from torch.nn.functional import cross_entropy
from torchvision.models.detection._utils import BoxCoder, SSDMatcher
from torchvision.models.detection.ssd import SSD
from torchvision.ops import (
    box_iou, complete_box_iou_loss, distance_box_iou_loss, generalized_box_iou_loss, sigmoid_focal_loss,
)

SEED = 20261124
EPSILON = 1e-7
torch.set_default_dtype(torch.float64)
ORACLE = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0], "seed": SEED}


def overlap_parts(a, b):
    low, high = torch.maximum(a[:2], b[:2]), torch.minimum(a[2:], b[2:])
    sides = high - low
    shared = sides[0] * sides[1] if bool((sides > 0).all()) else a.sum() * 0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / (union + EPSILON)


def iou(a, b):
    return 1 - overlap_parts(a, b)


def eiou(a, b):
    around = torch.maximum(a[2:], b[2:]) - torch.minimum(a[:2], b[:2])
    centers = (a[:2] + a[2:] - b[:2] - b[2:]) / 2
    sides = (a[2:] - a[:2]) - (b[2:] - b[:2])
    return (1 - overlap_parts(a, b) + (centers ** 2).sum() / ((around ** 2).sum() + EPSILON)
            + (sides ** 2 / (around ** 2 + EPSILON)).sum())


BOX_LOSSES = {
    "iou": iou, "eiou": eiou,
    "giou": lambda a, b: generalized_box_iou_loss(a, b),
    "diou": lambda a, b: distance_box_iou_loss(a, b),
    "ciou": lambda a, b: complete_box_iou_loss(a, b),
}


def box_cases():
    generator = torch.Generator().manual_seed(SEED)
    pairs = []
    for _ in range(30):
        corners = torch.rand(2, 2, generator=generator) * .7
        sides = torch.rand(2, 2, generator=generator) * .28 + .02
        pairs.append(torch.cat([corners, corners + sides], 1).tolist())
    # Equal; shared edges; touching; inside; a common corner; far apart; thin; the same centre.
    square = [.2, .2, .5, .5]
    pairs += [[square, square]] + [[other, square] for other in [
        [.2, .3, .4, .4], [.3, .2, .5, .6], [.5, .2, .8, .5], [.1, .5, .3, .7], [.3, .3, .4, .4],
        [.2, .2, .3, .4], [.5, .5, .6, .9], [.8, .8, .9, .9], [.2, .1, .5, .6], [.25, .1, .45, .6],
        [.2, .2, .5, .45], [.1, .1, .6, .6]]]
    cases = []
    for a, b in pairs:
        case = {"predicted": a, "target": b}
        for name, function in BOX_LOSSES.items():
            predicted = torch.tensor(a, requires_grad=True)
            value = function(predicted, torch.tensor(b))
            value.backward()
            case[name] = {"value": value.item(), "gradient": predicted.grad.tolist()}
        cases.append(case)
    return cases


def focal_cases():
    cases = []
    for alpha, gamma in [(.25, 2), (.5, 0), (.9, 1.5), (0, 2), (1, 3)]:
        for logit in [-40, -6.5, -1, 0, .3, 4, 30]:
            for right in [0, 1]:
                x = torch.tensor([float(logit)], requires_grad=True)
                value = sigmoid_focal_loss(x, torch.tensor([float(right)]), alpha, gamma, "sum")
                value.backward()
                cases.append({"alpha": alpha, "gamma": gamma, "logit": logit, "isRightClass": bool(right),
                              "value": value.item(), "derivative": x.grad.item()})
    return cases


def torchvision_loss(logits, offsets, boxes, truth):
    owner = types.SimpleNamespace(box_coder=BoxCoder(weights=(10., 10., 5., 5.)), neg_to_pos_ratio=3)
    matcher = SSDMatcher(.5)
    matched, targets = [], []
    for image in truth:
        gt = torch.tensor(image["boxes"]).reshape(-1, 4)
        targets.append({"boxes": gt, "labels": torch.tensor(image["classes"], dtype=torch.int64)})
        matched.append(matcher(box_iou(gt, boxes)) if len(gt) else torch.full((len(boxes),), -1))
    unstable = torch.Tensor.sort
    torch.Tensor.sort = lambda values, dim=-1, descending=False: unstable(
        values, stable=True, dim=dim, descending=descending)
    try:
        parts = SSD.compute_loss(owner, targets, {"cls_logits": logits, "bbox_regression": offsets},
                                 [boxes] * len(truth), matched)
    finally:
        torch.Tensor.sort = unstable
    return parts["bbox_regression"], parts["classification"]


def nvidia_loss(logits, offsets, boxes, truth):
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    sides = boxes[:, 2:] - boxes[:, :2]
    localization, confidence = [], []
    for image, (x, l) in zip(truth, zip(logits, offsets)):
        gt = torch.tensor(image["boxes"]).reshape(-1, 4)
        if len(gt) == 0:
            continue
        classes = torch.tensor(image["classes"])
        table = box_iou(gt, boxes)
        best, which = table.max(0)
        for index, forced in enumerate(table.max(1)[1].tolist()):
            which[forced], best[forced] = index, 2.
        positive = best > .5
        labels = torch.where(positive, classes[which], 0)
        g = gt[which]
        target = torch.cat([10 * ((g[:, :2] + g[:, 2:]) / 2 - centers) / sides,
                            5 * torch.log((g[:, 2:] - g[:, :2]) / sides)], 1)
        difference = (l - target).abs()
        smooth = torch.where(difference < 1, .5 * difference ** 2, difference - .5).sum(1)
        entropy = cross_entropy(x, labels, reduction="none")
        rank = entropy.detach().masked_fill(positive, 0).sort(descending=True, stable=True)[1].argsort()
        mined = rank < min(3 * int(positive.sum()), len(boxes))
        count = positive.sum()
        localization.append(smooth[positive].sum() / count)
        confidence.append((entropy * (positive.double() + mined.double())).sum() / count)
    zero = logits.sum() * 0
    return sum(localization, zero) / len(truth), sum(confidence, zero) / len(truth)


def loss_cases():
    generator = torch.Generator().manual_seed(SEED + 1)

    def rand(*shape):
        return torch.rand(*shape, generator=generator)

    cases = []
    for number in range(12):
        # Few default boxes and many objects: shared best boxes, and fewer negatives than wanted.
        count, images, k = [8, 14, 40][number % 3], 1 + number % 3, 2 + number % 4
        corners = rand(count, 2) * .7
        boxes = torch.cat([corners, corners + rand(count, 2) * .25 + .05], 1)
        truth = []
        for image in range(images):
            objects = 0 if image == 1 else int(rand(1) * 7)
            start = rand(objects, 2) * .7
            gt = torch.cat([start, start + rand(objects, 2) * .25 + .05], 1)
            truth.append({"boxes": gt.tolist(),
                          "classes": [1 + int(rand(1) * (k - 1)) for _ in range(objects)]})
        logits = rand(images, count, k) * 6 - 3
        offsets = rand(images, count, 4) * 6 - 3
        case = {"boxes": boxes.tolist(), "images": truth, "logits": logits.flatten().tolist(),
                "offsets": offsets.flatten().tolist()}
        for name, function in {"torchvision": torchvision_loss, "nvidia": nvidia_loss}.items():
            x, l = logits.clone().requires_grad_(), offsets.clone().requires_grad_()
            localization, confidence = function(x, l, boxes, truth)
            (localization + confidence + 0 * (x.sum() + l.sum())).backward()
            case[name] = {"localization": localization.item(), "confidence": confidence.item(),
                          "logitGradient": x.grad.flatten().tolist(),
                          "offsetGradient": l.grad.flatten().tolist()}
        cases.append(case)
    return cases


def rounded(value):
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(value)
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


for name, cases in {"box-losses": box_cases(), "focal": focal_cases(), "presets": loss_cases()}.items():
    with open(f"{sys.argv[1]}/{name}.json", "w") as file:
        json.dump({"oracle": ORACLE, "cases": rounded(cases)}, file, separators=(",", ":"))
        file.write("\n")

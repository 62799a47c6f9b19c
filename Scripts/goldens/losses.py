"""Makes goldens of the losses: of the box losses, the focal loss, and whole losses by preset.

    python3 -m pip install torch==2.15.0 torchvision==0.29.2
    python3 -m pip install --no-deps super-gradients==3.7.1 pai-easycv==0.11.7
    python3 -m pip install opencv-python-headless matplotlib
    python3 Scripts/goldens/losses.py Tests/MultiBoxTests/Goldens NVIDIA

NVIDIA is the folder PyTorch/Detection/SSD of NVIDIA's DeepLearningExamples as of 04099020, which no
package index has.

Everything in float64, and all but EIoU published code, run as it is:

- IoU, GIoU, DIoU, CIoU and focal loss are torchvision's own functions. EIoU is written here from its
  paper with torchvision's epsilon; values and gradients are compared with EasyCV's EIoU, whose IoU has
  no epsilon and which stops at 2 (EasyCV's EIoU - EasyCV's DIoU + torchvision's DIoU).
- torchvision: SSD.compute_loss, BoxCoder, SSDMatcher.
- nvidia: Encoder and Loss. Localization is what is left of the loss without confidence, which is the loss
  of perfect offsets. Its pipeline has no images without objects; Loss has.
- superGradients: SSDLoss, which comes of NVIDIA's code of 2019. There the masks of positives and of mined
  boxes are added as numbers, so that mined positives count twice; in NVIDIA's code as of 04099020 they are
  added as Booleans, which is their union.

torchvision and super-gradients rank the negatives with an unstable sort. Where mining goes on with the
positives, which all have the loss -inf or 0 there, the processor's sort decides which of them come first,
unless all do. So the sort is made stable here: the lower index first.
"""

import json
import math
import sys
import types

import published
import torch
import torchvision
from torchvision.models import resnet
from torchvision.models.detection._utils import BoxCoder, SSDMatcher
from torchvision.models.detection.ssd import SSD
from torchvision.ops import (
    box_convert, box_iou, complete_box_iou_loss, distance_box_iou_loss, generalized_box_iou_loss, sigmoid_focal_loss,
)
from torchvision.ops.diou_loss import _diou_iou_loss

published.bare("super_gradients", "super_gradients.common", "super_gradients.common.registry",
               "super_gradients.training", "super_gradients.training.losses", "super_gradients.training.utils")
published.stand_in("omegaconf", "super_gradients.common.deprecate", "super_gradients.common.registry.registry",
                   "super_gradients.training.utils.visualization",
                   "super_gradients.training.utils.visualization.detection",
                   "super_gradients.training.utils.visualization.utils", ListConfig=list)
published.bare("easycv", "easycv.framework", "easycv.models", "easycv.models.loss")
published.stand_in("mmcv", "easycv.models.detection", "easycv.models.detection.utils")
published.stand_in("easycv.models.registry", LOSSES=published.StandIn("LOSSES"))
# NVIDIA's network is made when its module is imported, and would fetch weights.
resnet50, resnet.resnet50 = resnet.resnet50, lambda weights: resnet50(weights=None)
sys.path.append(sys.argv[2])

from easycv.models.loss.iou_loss import YOLOX_IOULoss
from ssd.model import Loss as NvidiaLoss
from ssd.utils import Encoder as NvidiaEncoder
from super_gradients.training.losses.ssd_loss import SSDLoss as SuperGradientsLoss

SEED = 20261124
EPSILON = 1e-7
torch.set_default_dtype(torch.float64)
ORACLE = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0],
          "nvidia": "DeepLearningExamples 04099020", "superGradients": "3.7.1", "easycv": "0.11.7", "seed": SEED}


def iou(a, b):
    return 1 - _diou_iou_loss(a, b, EPSILON)[1]


def eiou(a, b):
    around = torch.maximum(a[2:], b[2:]) - torch.minimum(a[:2], b[:2])
    sides = (a[2:] - a[:2]) - (b[2:] - b[:2])
    return distance_box_iou_loss(a, b) + (sides ** 2 / (around ** 2 + EPSILON)).sum()


def check_eiou(a, b, value, gradient, may_tie):
    predicted = torch.tensor(a, requires_grad=True)
    boxes = [box_convert(box, "xyxy", "cxcywh") for box in (predicted, torch.tensor(b))]
    whole, distance = (YOLOX_IOULoss("sum", kind)(*boxes) for kind in ("eiou", "diou"))
    if max(whole, distance) >= 2:
        return 0
    composed = whole - distance + distance_box_iou_loss(predicted, torch.tensor(b))
    composed.backward()
    assert abs(composed.item() - value) < 1e-12
    assert may_tie or (predicted.grad - torch.tensor(gradient)).abs().max() < 1e-9
    return 1


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
    cases, compared = [], 0
    for a, b in pairs:
        case = {"predicted": a, "target": b}
        for name, function in BOX_LOSSES.items():
            predicted = torch.tensor(a, requires_grad=True)
            value = function(predicted, torch.tensor(b))
            value.backward()
            case[name] = {"value": value.item(), "gradient": predicted.grad.tolist()}
        compared += check_eiou(a, b, **case["eiou"], may_tie=len(cases) >= 30)
        cases.append(case)
    assert compared > 25
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


class SortIsStable:
    def __enter__(self):
        self.unstable = unstable = torch.Tensor.sort
        torch.Tensor.sort = lambda values, dim=-1, descending=False: unstable(
            values, stable=True, dim=dim, descending=descending)

    def __exit__(self, *error):
        torch.Tensor.sort = self.unstable


class NvidiaBoxes:
    scale_xy, scale_wh = .1, .2

    def __init__(self, corners):
        self.corners = corners

    def __call__(self, order):
        return self.corners if order == "ltrb" else box_convert(self.corners, "xyxy", "cxcywh")


def torchvision_loss(logits, offsets, boxes, truth):
    owner = types.SimpleNamespace(box_coder=BoxCoder(weights=(10., 10., 5., 5.)), neg_to_pos_ratio=3)
    matcher = SSDMatcher(.5)
    matched, targets = [], []
    for image in truth:
        gt = torch.tensor(image["boxes"]).reshape(-1, 4)
        targets.append({"boxes": gt, "labels": torch.tensor(image["classes"], dtype=torch.int64)})
        matched.append(matcher(box_iou(gt, boxes)) if len(gt) else torch.full((len(boxes),), -1))
    parts = SSD.compute_loss(owner, targets, {"cls_logits": logits, "bbox_regression": offsets},
                             [boxes] * len(truth), matched)
    return parts["bbox_regression"], parts["classification"]


def nvidia_loss(logits, offsets, boxes, truth):
    owner = NvidiaBoxes(boxes)
    loss, encoder = NvidiaLoss(owner), NvidiaEncoder(owner)
    nothing = owner("xywh"), torch.zeros(len(boxes), dtype=torch.int64)
    matched = [encoder.encode(torch.tensor(image["boxes"]), torch.tensor(image["classes"]))
               if image["boxes"] else nothing for image in truth]
    locations, labels = (torch.stack(items) for items in zip(*matched))
    locations = locations.transpose(1, 2)
    logits, offsets = logits.transpose(1, 2), offsets.transpose(1, 2)
    confidence = loss(loss._loc_vec(locations), logits, locations, labels)
    return loss(offsets, logits, locations, labels) - confidence, confidence


def super_gradients_loss(logits, offsets, boxes, truth):
    rows = [[number, label - 1, *box_convert(torch.tensor(box), "xyxy", "cxcywh").tolist()]
            for number, image in enumerate(truth) for box, label in zip(image["boxes"], image["classes"])]
    predictions = offsets.transpose(1, 2), logits.transpose(1, 2)
    # (2 - alpha) localization + alpha confidence.
    return [SuperGradientsLoss(NvidiaBoxes(boxes), alpha)(predictions, torch.tensor(rows).reshape(-1, 6))[0] / 2
            for alpha in (0, 2)]


def case_of_eight():
    """Two images with eight default boxes, and more negatives wanted than there are: 7.89338912 by NVIDIA."""
    boxes = torch.tensor([[0, 0, 10, 10], [5, 5, 15, 15], [10, 10, 20, 20], [0, 10, 10, 20], [20, 20, 30, 30],
                          [25, 0, 35, 10], [2, 2, 8, 8], [14, 14, 26, 26]]) / 40
    truth = [{"boxes": (boxes[:4] + .002).tolist(), "classes": [1, 2, 1, 2]},
             {"boxes": [[24 / 40, 1 / 40, 36 / 40, 11 / 40]], "classes": [1]}]
    return (boxes, truth, 2 * torch.sin(.7 * torch.arange(48.)).reshape(2, 8, 3),
            torch.cos(.3 * torch.arange(64.)).reshape(2, 8, 4))


def loss_cases():
    generator = torch.Generator().manual_seed(SEED + 1)

    def rand(*shape):
        return torch.rand(*shape, generator=generator)

    problems = []
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
        problems.append((boxes, truth, logits, offsets))
    problems.append(case_of_eight())
    return [loss_case(*problem) for problem in problems]


def loss_case(boxes, truth, logits, offsets):
    case = {"boxes": boxes.tolist(), "images": truth, "logits": logits.flatten().tolist(),
            "offsets": offsets.flatten().tolist()}
    systems = {"torchvision": torchvision_loss, "nvidia": nvidia_loss, "superGradients": super_gradients_loss}
    for name, function in systems.items():
        x, l = logits.clone().requires_grad_(), offsets.clone().requires_grad_()
        with SortIsStable():
            localization, confidence = function(x, l, boxes, truth)
        (localization + confidence + 0 * (x.sum() + l.sum())).backward()
        case[name] = {"localization": localization.item(), "confidence": confidence.item(),
                      "logitGradient": x.grad.flatten().tolist(), "offsetGradient": l.grad.flatten().tolist()}
    return case


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

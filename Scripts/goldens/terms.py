"""Makes goldens of single terms: confidence by quality, sigmoid cross entropy, and losses of boxes.

    python3 -m pip install torch==2.15.0 torchvision==0.29.2  # and mmdet 3.3.0, as in published.py
    python3 Scripts/goldens/terms.py Tests/MultiBoxTests/Goldens

Values in float64, gradients by autograd. All are mmdet's own functions but two of torch:

- qualityFocal, varifocal: quality_focal_loss, varifocal_loss on the logits 1...K-1; that of the
  background does not enter. An object of quality 0 is background to the varifocal loss.
- sigmoid: torch's binary_cross_entropy_with_logits on all K logits, background included, the right
  class being 1 and the others 0: what the original SSD's LOGISTIC hands to Caffe's
  SigmoidCrossEntropyLoss.
- balancedL1: balanced_l1_loss. The paper has beta = 1 alone; with another the published formula has a
  derivative at 0, and a jump of it at beta.
- halfSquare: torch's huber_loss with a threshold far away.
- negativeLogIoU: iou_loss in the mode "log"; IoU is kept above epsilon, so that disjoint boxes have the
  same value and no gradient.
- siou: siou_loss with neg_gamma, the sign of the paper; mmdet's default has the other sign. Where just
  one coordinate of both centers is equal the loss has a kink: there is no such pair here, nor boxes
  that touch.
"""

import json
import math
import sys

import published
import torch
import torchvision

published.stand_in("mmcv._ext")

import mmdet
from mmdet.models.losses.balanced_l1_loss import balanced_l1_loss
from mmdet.models.losses.gfocal_loss import quality_focal_loss
from mmdet.models.losses.iou_loss import iou_loss, siou_loss
from mmdet.models.losses.varifocal_loss import varifocal_loss
from torch.nn.functional import binary_cross_entropy_with_logits, huber_loss, one_hot

SEED = 20261127
torch.set_default_dtype(torch.float64)
ORACLE = {"mmdet": mmdet.__version__, "torch": torch.__version__.split("+")[0],
          "torchvision": torchvision.__version__.split("+")[0], "seed": SEED}


def quality_focal(beta):
    def loss(logits, label, quality):
        # The background's label is the number of classes.
        target = (torch.tensor([label - 1 if label else len(logits) - 1]), torch.tensor([quality]))
        return quality_focal_loss(logits[None, 1:], target, beta=beta, reduction="sum")
    return "qualityFocal", {"beta": beta}, loss


def varifocal(alpha, gamma):
    def loss(logits, label, quality):
        target = torch.zeros(1, len(logits))
        target[0, label] = quality
        return varifocal_loss(logits[None, 1:], target[:, 1:], alpha=alpha, gamma=gamma, reduction="sum")
    return "varifocal", {"alpha": alpha, "gamma": gamma}, loss


def sigmoid():
    def loss(logits, label, quality):
        target = one_hot(torch.tensor(label), len(logits)).double()
        return binary_cross_entropy_with_logits(logits, target, reduction="sum")
    return "sigmoid", {}, loss


def rows():
    generator = torch.Generator().manual_seed(SEED)
    rows = []
    for number in range(24):
        k = 2 + number % 4
        logits = ((torch.rand(k, generator=generator) * 12 - 6) * 1e6).round().div(1e6).tolist()
        label = int(torch.rand(1, generator=generator) * k)
        quality = round(float(torch.rand(1, generator=generator)), 6) if label else 0.
        rows.append((logits, label, quality))
    # Large logits, right and wrong; no quality, and all of it; and a score that is the quality.
    for label, quality in [(0, 0.), (1, 0.), (1, .3), (1, 1.), (2, .7)]:
        rows += [([40., -40., 40.], label, quality), ([-40., 40., -40.], label, quality)]
    rows += [([1.5, -2., .5, 3.], 2, 0.), ([1.5, -2., .5, 3.], 2, 1.), ([.25, 0., -1.], 1, .5),
             ([0., 0., 0.], 0, 0.), ([700., 700., -700.], 1, .9), ([-700., -700., 700.], 1, .9)]
    return rows


def confidence_cases():
    cases = []
    terms = [quality_focal(beta) for beta in [2., 1., 1.5]]
    terms += [varifocal(.75, 2.), varifocal(.5, 1.5), sigmoid()]
    for name, parameters, function in terms:
        samples = []
        for logits, label, quality in rows():
            x = torch.tensor(logits, requires_grad=True)
            value = function(x, label, quality)
            value.backward()
            samples.append({"logits": logits, "label": label, "quality": quality,
                            "value": value.item(), "gradient": x.grad.tolist()})
        cases.append({"term": name, "parameters": parameters, "rows": samples})
    return cases


def residual_cases():
    def balanced_l1(alpha, gamma, beta):
        parameters = {"alpha": alpha, "gamma": gamma, "beta": beta}
        return "balancedL1", parameters, lambda x, y: balanced_l1_loss(x, y, **parameters, reduction="sum")

    terms = [balanced_l1(.5, 1.5, 1.), balanced_l1(.3, 1., 1.), balanced_l1(1., 1.5, 1.),
             balanced_l1(.5, 1.5, .5), balanced_l1(.5, 1.5, 2.),
             ("halfSquare", {}, lambda x, y: huber_loss(x, y, reduction="sum", delta=1e9))]
    cases = []
    for name, parameters, function in terms:
        samples = []
        for residual in [-40., -3., -1.25, -1., -.999, -.6, -.5, -.01, 0., 1e-6, .2, .49, .75, 1.,
                         1.001, 2., 2.5, 30.]:
            x = torch.tensor([residual], requires_grad=True)
            value = function(x, torch.tensor([0.]))
            value.backward()
            samples.append({"residual": residual, "value": value.item(), "derivative": x.grad.item()})
        cases.append({"term": name, "parameters": parameters, "residuals": samples})
    return cases


def pairs():
    generator = torch.Generator().manual_seed(SEED + 1)
    pairs = []
    for _ in range(28):
        corners = torch.rand(2, 2, generator=generator) * .6
        sides = torch.rand(2, 2, generator=generator) * .35 + .03
        boxes = (torch.cat([corners, corners + sides], 1) * 1e5).round() / 1e5
        pairs.append(boxes.tolist())
    # Equal; within; around; a common edge, two; far; very far, and tiny; thin; nearly equal; overlapping.
    square = [.2, .2, .5, .5]
    pairs += [[square, square]] + [[other, square] for other in [
        [.28, .3, .4, .45], [.1, .15, .65, .61], [.2, .25, .6, .7], [.2, .2, .3, .35], [.6, .65, .9, .8],
        [.9, .95, .91, .97], [.001, .9, .004, .98], [.3, .1, .31, .9], [.2001, .2002, .5003, .5001],
        [.35, .05, .95, .55]]]
    for a, b in pairs:
        same = [abs(a[axis] + a[axis + 2] - b[axis] - b[axis + 2]) < 1e-9 for axis in range(2)]
        touching = [abs(a[axis + 2] - b[axis]) * abs(b[axis + 2] - a[axis]) < 1e-9 for axis in range(2)]
        assert same[0] == same[1] and not any(touching)
    return pairs


def box_cases():
    terms = [("negativeLogIoU", 1e-6, lambda a, b, e: iou_loss(a, b, mode="log", eps=e, reduction="sum")),
             ("siou", 1e-7, lambda a, b, e: siou_loss(a, b, eps=e, neg_gamma=True, reduction="sum"))]
    cases = []
    for name, epsilon, function in terms:
        samples = []
        for a, b in pairs():
            predicted = torch.tensor([a], requires_grad=True)
            value = function(predicted, torch.tensor([b]), epsilon)
            value.backward()
            samples.append({"predicted": a, "target": b, "value": value.item(),
                            "gradient": predicted.grad[0].tolist()})
        cases.append({"term": name, "parameters": {"epsilon": epsilon}, "boxes": samples})
    return cases


def rounded(value):
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(value)
        return float(f"{value:.14g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    with open(f"{sys.argv[1]}/terms.json", "w") as file:
        cases = confidence_cases() + residual_cases() + box_cases()
        json.dump({"oracle": ORACLE, "cases": rounded(cases)}, file, separators=(",", ":"))
        file.write("\n")

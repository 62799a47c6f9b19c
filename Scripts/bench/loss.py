"""The loss of SSD300 with both gradients; peer: torchvision's matcher, compute_loss, backward.

Ours takes torchvision's matching here (by default it is bipartite), so that both sides have the
same positives. torchvision matches in float32 and ours in float64; objects whose IoU with some
default box is a rounding error from the threshold or from the best one's are drawn anew, because
one box more or less would make the gradients differ. What is filtered is the input of both sides.
"""

import numpy
import torch
from torchvision.models.detection import _utils as detection_utils
from torchvision.models.detection import ssd300_vgg16
from torchvision.ops import box_iou, sigmoid_focal_loss

from runner import THREADS, Ours, alternate, check_close, timed

IMAGES = 32


def run(name, logit_count, is_copy=False, rounds=9, confidence="softmax"):
    """The peer of every term but softmax is torchvision's focal loss, whose work is the same."""
    torch.set_num_threads(THREADS)
    arguments = ["--logit-count", logit_count, "--images", IMAGES, "--confidence", confidence]
    with Ours(name, "loss", *arguments) as ours:
        peer = (TorchvisionLoss if confidence == "softmax" else TorchvisionFocalLoss)(ours.inputs)
        if confidence in ["softmax", "focal"]:
            compare(ours.results, peer, logit_count)
        if is_copy:
            return alternate(name, ours.measure, lambda: ours.measure("copy"), rounds)
        return alternate(name, ours.measure, timed(peer.evaluate), rounds)


def compare(results, peer, logit_count):
    losses = peer.evaluate()
    parts = [losses["bbox_regression"].item(), losses["classification"].item()]
    check_close("loss", results["parts"], numpy.array(parts), 1e-4)
    # Gradients are of the order of 1 / positives, so the tolerance is relative to the largest.
    for name, tensor in [("logit_gradient", peer.logits), ("offset_gradient", peer.offsets)]:
        gradient = tensor.grad.numpy()
        scale = abs(gradient).max()
        check_close(name, results[name] / scale, gradient / scale, 1e-3)


class TorchvisionLoss:
    def __init__(self, inputs):
        self.model = ssd300_vgg16(weights=None, weights_backbone=None)
        self.matcher = detection_utils.SSDMatcher(0.5)
        self.logits = torch.from_numpy(inputs["logits"]).requires_grad_()
        self.offsets = torch.from_numpy(inputs["offsets"]).requires_grad_()
        anchors = torch.from_numpy(inputs["default_boxes"]).float()
        self.anchors = [anchors] * IMAGES
        self.targets = [
            {"boxes": boxes, "labels": labels}
            for boxes, labels in zip(
                torch.from_numpy(inputs["boxes"]).float(), torch.from_numpy(inputs["labels"])
            )
        ]

    def evaluate(self):
        self.logits.grad = self.offsets.grad = None
        matches = [
            self.matcher(box_iou(target["boxes"], anchors))
            for target, anchors in zip(self.targets, self.anchors)
        ]
        outputs = {"bbox_regression": self.offsets, "cls_logits": self.logits}
        losses = self.model.compute_loss(self.targets, outputs, self.anchors, matches)
        sum(losses.values()).backward()
        return losses


class TorchvisionFocalLoss(TorchvisionLoss):
    """The same with torchvision's focal loss over all default boxes; its matcher, its box loss."""

    def evaluate(self):
        self.logits.grad = self.offsets.grad = None
        matches = [
            self.matcher(box_iou(target["boxes"], anchors))
            for target, anchors in zip(self.targets, self.anchors)
        ]
        count = max(sum((match >= 0).sum().item() for match in matches), 1)
        classes = torch.zeros_like(self.logits[:, :, 1:])
        localization = 0
        for image, match in enumerate(matches):
            found = torch.where(match >= 0)[0]
            objects = match[found]
            classes[image, found, self.targets[image]["labels"][objects] - 1] = 1
            encoded = self.model.box_coder.encode_single(
                self.targets[image]["boxes"][objects], self.anchors[image][found]
            )
            localization = localization + torch.nn.functional.smooth_l1_loss(
                self.offsets[image][found], encoded, reduction="sum"
            )
        losses = {
            "bbox_regression": localization / count,
            "classification": sigmoid_focal_loss(self.logits[:, :, 1:], classes, reduction="sum")
            / count,
        }
        sum(losses.values()).backward()
        return losses

"""Makes goldens of torchvision's SSD networks with weights that any language can make again.

    python3 -m pip install torch==2.15.0 torchvision==0.29.2
    python3 Scripts/goldens/networks.py Tests/SSDModelsTests/Goldens

Element i of a tensor of a name is u = 2 · (SplitMix64 number i from the FNV-1a hash of the name) − 1, scaled by what
the tensor is for (see `value`). Everything in float32. Logits and offsets are of images of noise; loss and gradient of
images of waves, in channels-last memory, as this project computes: through so many poolings, ReLUs and normalizations
float32 is off by up to .6 % of float64, differently for each memory layout.
"""

import json
import math
import sys

import numpy as np
import torch
import torchvision
from torchvision.models.detection import ssd300_vgg16, ssdlite320_mobilenet_v3_large
from torchvision.ops import box_iou

torch.manual_seed(0)
torch.set_num_threads(2)


def uniform(name, count):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0 ** -53 * 2 - 1


def value(name, tensor):
    u = uniform(name, tensor.numel())
    if tensor.dim() == 4:
        fan_in = tensor.shape[1] * tensor.shape[2] * tensor.shape[3]
        u = u * math.sqrt(6 / fan_in)
    elif name.endswith("running_var"):
        u = 1 + 0.2 * u
    elif name.endswith("running_mean"):
        u = 0.1 * u
    elif name == "backbone.scale_weight":
        u = 20 + u
    elif name.endswith(".weight"):
        u = 1 + 0.1 * u
    else:
        u = 0.05 * u
    return torch.from_numpy(u.reshape(tuple(tensor.shape))).float()


TRUTH = [
    {"boxes": [[0.1, 0.15, 0.45, 0.6], [0.5, 0.5, 0.95, 0.9], [0.7, 0.05, 0.78, 0.15]], "classes": [1, 17, 90]},
    {"boxes": [[0.3, 0.2, 0.6, 0.9]], "classes": [5]},
]


def waves(side, amplitude):
    n, c, y, x = np.meshgrid(np.arange(2), np.arange(3), np.arange(side), np.arange(side), indexing="ij")
    return torch.from_numpy(amplitude * np.sin(0.05 * (c + 1) * x + 0.03 * (n + 1) * y + n + c)).float()


def golden(model, side, amplitude):
    state = model.state_dict()
    names = {name: {"shape": list(t.shape), "type": str(t.dtype).split(".")[1]} for name, t in state.items()}
    model.load_state_dict({
        name: t if name.endswith("num_batches_tracked") else value(name, t) for name, t in state.items()})
    images = torch.from_numpy(uniform("images", 2 * 3 * side * side).reshape(2, 3, side, side)).float()

    def heads():
        return model.head(list(model.backbone(images).values()))

    model.eval()
    with torch.no_grad():
        output = heads()
    logits, offsets = output["cls_logits"].flatten(), output["bbox_regression"].flatten()
    picks = {name: (uniform("picks " + name, 300) * 0.5 + 0.5) * t.numel() for name, t in
             [("logits", logits), ("offsets", offsets)]}
    picks = {name: p.astype(int).tolist() for name, p in picks.items()}

    model.to(memory_format=torch.channels_last).train()
    images = waves(side, amplitude).contiguous(memory_format=torch.channels_last)
    for p in model.parameters():
        p.requires_grad_(True)
    output = heads()
    maps = list(model.backbone(images).values())
    anchors = model.anchor_generator(
        torchvision.models.detection.image_list.ImageList(images, [(side, side)] * 2), maps)
    targets, matched = [], []
    for truth, boxes in zip(TRUTH, anchors):
        gt = torch.tensor(truth["boxes"]) * side
        targets.append({"boxes": gt, "labels": torch.tensor(truth["classes"])})
        matched.append(model.proposal_matcher(box_iou(gt, boxes)))
    parts = model.compute_loss(targets, output, anchors, matched)
    loss = parts["bbox_regression"] + parts["classification"]
    loss.backward()
    first = next(name for name, _ in model.named_parameters() if name.startswith("backbone.features.0"))
    gradient = dict(model.named_parameters())[first].grad
    return {
        "oracle": {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0]},
        "parameters": sum(p.numel() for p in model.parameters()),
        "state": names,
        "logits": {"indices": picks["logits"], "values": logits[picks["logits"]].tolist()},
        "offsets": {"indices": picks["offsets"], "values": offsets[picks["offsets"]].tolist()},
        "truth": TRUTH,
        "localization": parts["bbox_regression"].item(), "confidence": parts["classification"].item(),
        "first": first, "gradient": gradient.flatten().tolist(),
    }


def rounded(item):
    if isinstance(item, float):
        return float(f"{item:.8g}")
    if isinstance(item, dict):
        return {key: rounded(part) for key, part in item.items()}
    return [rounded(part) for part in item] if isinstance(item, list) else item


for name, model, side, amplitude in [
    ("ssd300-vgg16", ssd300_vgg16(weights=None, weights_backbone=None, num_classes=91, trainable_backbone_layers=5), 300, 60),
    ("ssdlite320-mobilenet-v3-large", ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=91, trainable_backbone_layers=6), 320, 1),
]:
    with open(f"{sys.argv[1]}/{name}.json", "w") as file:
        json.dump(rounded(golden(model, side, amplitude)), file, separators=(",", ":"))
        file.write("\n")

"""Makes goldens of SSD networks with weights that any language can make again: torchvision's own, and those that
torchvision has not, put together of its parts and of plain modules.

    make weights
    python3 -m pip install torch==2.15.0 torchvision==0.29.2 efficientnet-lite-pytorch==0.1.0
    python3 Scripts/goldens/networks.py Tests/SSDModelsTests/Goldens [NAME…]

Element i of a tensor of a name is u = 2 · (SplitMix64 number i from the FNV-1a hash of the name) − 1, scaled by what
the tensor is for (see `value`). Everything in float32. Logits and offsets are of images of noise; loss and gradient of
images of waves, in channels-last memory, as this project computes: through so many poolings, ReLUs and normalizations
float32 is off by up to .6 % of float64, differently for each memory layout.

The golden imagenet-features is of the weights that `make weights` brings, in the programs that they are of.
"""

import functools
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torchvision
from draws import uniform
from torch import nn
from torchvision.models.detection import ssd300_vgg16, ssdlite320_mobilenet_v3_large
from torchvision.models.detection.ssd import SSDHead, _vgg_extractor
from torchvision.models.detection.ssdlite import SSDLiteHead, _extra_block
from torchvision.ops import Conv2dNormActivation, box_iou

torch.manual_seed(0)
torch.set_num_threads(2)


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


class Maps(nn.Module):
    """A network of a backbone, which gives a list of maps, and a head."""

    def __init__(self, backbone, head):
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, images):
        return self.head(list(self.backbone(images).values()))


def ssd512():
    """torchvision's VGG16 with its `highres`, which none of its builders asks for, and the strides of the original: its
    extra layers halve the map down to one cell, where torchvision's leave the borders out."""
    backbone = _vgg_extractor(torchvision.models.vgg16(weights=None), True, 5)
    for block, stride in [(3, 2), (4, 2), (5, 1)]:
        convolution = backbone.extra[block][2]
        convolution.stride, convolution.padding = (stride, stride), (1, 1)
    return Maps(backbone, SSDHead([512, 1024, 512, 256, 256, 256, 256], [4, 6, 6, 6, 6, 4, 4], 21))


class MobileNetV2(nn.Module):
    """What torchvision's SSDLite makes of MobileNetV3, of V2: maps from the expansion in the first block of stride 32,
    from the last layer and from SSDLite's extra layers."""

    def __init__(self, norm):
        super().__init__()
        self.features = torchvision.models.mobilenet_v2(weights=None).features
        channels = [1280, 512, 256, 256, 128]
        self.extra = nn.ModuleList(_extra_block(i, o, norm) for i, o in zip(channels, channels[1:]))

    def forward(self, x):
        maps = {}
        for index, block in enumerate(self.features):
            if index == 14:
                maps[0] = block.conv[0](x)
            x = block(x)
        maps[1] = x
        for block in self.extra:
            x = maps[len(maps)] = block(x)
        return maps


def ssdlite_v2():
    norm = functools.partial(nn.BatchNorm2d, eps=0.001, momentum=0.03)
    return Maps(MobileNetV2(norm), SSDLiteHead([576, 1280, 512, 256, 256, 128], [6] * 6, 21, norm))


class Neck(nn.Module):
    """The top-down path that three networks share, as its documentation describes it."""

    def __init__(self, channels):
        super().__init__()
        self.laterals = nn.ModuleList(Conv2dNormActivation(i, 96, 1, activation_layer=None) for i in channels)
        self.smoothings = nn.ModuleList(Conv2dNormActivation(96, 96, 3) for _ in range(3))
        self.extras = nn.ModuleList(Conv2dNormActivation(96, 96, 3, 2) for _ in range(2))

    def forward(self, maps):
        lateral = [connection(x) for connection, x in zip(self.laterals, maps)]
        for index in [1, 0]:
            above = nn.functional.interpolate(lateral[index + 1], size=lateral[index].shape[2:], mode="nearest")
            lateral[index] = lateral[index] + above
        maps = [smooth(x) for smooth, x in zip(self.smoothings, lateral)]
        for layer in self.extras:
            maps.append(layer(maps[-1]))
        return maps


def compact_head():
    return SSDHead([96] * 5, [4, 6, 6, 6, 4], 21)


class MobileNetV2Pyramid(nn.Module):
    """torchvision's MobileNetV2, of which the expansions in the first blocks of stride 16 and 32 and the last layer go
    down the path."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.features = torchvision.models.mobilenet_v2(weights=None).features
        self.neck = Neck([192, 576, 1280])
        self.head = compact_head()

    def forward(self, x):
        return self.head(self.neck(mobilenet_maps(self.backbone.features, x)))


def mobilenet_maps(features, x):
    maps = []
    for index, block in enumerate(features):
        if index in (7, 14):
            maps.append(block.conv[0](x))
        x = block(x)
    return [*maps, x]


class EfficientNetLitePyramid(nn.Module):
    """EfficientNet-Lite0 of torchvision's convolutions, with windows of stride 2 that are a row and a column larger."""

    class Block(nn.Module):
        def __init__(self, kernel, expansion, i, o, stride):
            super().__init__()
            layer = functools.partial(
                Conv2dNormActivation, norm_layer=functools.partial(nn.BatchNorm2d, eps=0.001),
                activation_layer=nn.ReLU6)
            hidden = i * expansion
            window = kernel + 1 if stride == 2 else kernel
            self.block = nn.Sequential(
                *([layer(i, hidden, 1)] if expansion > 1 else []),
                layer(hidden, hidden, window, stride, padding=(window - 1) // 2, groups=hidden),
                layer(hidden, o, 1, activation_layer=None))
            self.adds = stride == 1 and i == o

        def forward(self, x):
            return x + self.block(x) if self.adds else self.block(x)

    def __init__(self):
        super().__init__()
        norm = functools.partial(nn.BatchNorm2d, eps=0.001)
        blocks, i = [Conv2dNormActivation(3, 32, 4, 2, 1, norm_layer=norm, activation_layer=nn.ReLU6)], 32
        for kernel, expansion, o, count, stride in [
            (3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2), (5, 6, 112, 3, 1),
            (5, 6, 192, 4, 2), (3, 6, 320, 1, 1),
        ]:
            for index in range(count):
                blocks.append(self.Block(kernel, expansion, i, o, stride if index == 0 else 1))
                i = o
        blocks.append(Conv2dNormActivation(320, 1280, 1, norm_layer=norm, activation_layer=nn.ReLU6))
        self.backbone = nn.Module()
        self.backbone.features = nn.Sequential(*blocks)
        self.neck = Neck([240, 672, 1280])
        self.head = compact_head()

    def forward(self, x):
        maps = []
        for index, block in enumerate(self.backbone.features):
            if index in (6, 12):
                maps.append(block.block[0](x))
            x = block(x)
        return self.head(self.neck([*maps, x]))


class Compact(nn.Module):
    """ssd-compact as its documentation describes it."""

    class Stage(nn.Module):
        def __init__(self, i, o, count):
            super().__init__()
            self.down = Conv2dNormActivation(i, o, 3, 2)
            self.blocks = nn.ModuleList(
                nn.Sequential(Conv2dNormActivation(o, o, 3), Conv2dNormActivation(o, o, 3, activation_layer=None))
                for _ in range(count))

        def forward(self, x):
            x = self.down(x)
            for block in self.blocks:
                x = torch.relu(x + block(x))
            return x

    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.stem = nn.Sequential(Conv2dNormActivation(3, 24, 3, 2), Conv2dNormActivation(24, 48, 3, 2))
        self.backbone.stages = nn.ModuleList([self.Stage(48, 96, 2), self.Stage(96, 160, 2), self.Stage(160, 192, 1)])
        self.neck = Neck([96, 160, 192])
        self.head = compact_head()

    def forward(self, x):
        x = self.backbone.stem(x)
        maps = []
        for stage in self.backbone.stages:
            maps.append(x := stage(x))
        return self.head(self.neck(maps))


def oracle():
    return {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0]}


def fill(model):
    model.load_state_dict({
        name: t if name.endswith("num_batches_tracked") else value(name, t)
        for name, t in model.state_dict().items()})


def noise(count, side):
    return torch.from_numpy(uniform("images", count * 3 * side * side).reshape(count, 3, side, side)).float()


def picks(name, tensor):
    values = tensor.flatten()
    indices = ((uniform("picks " + name, 300) * 0.5 + 0.5) * values.numel()).astype(int).tolist()
    return {"indices": indices, "values": values[indices].tolist()}


def picked(output):
    """300 logits and 300 offsets, drawn."""
    result = {}
    for name, key in [("logits", "cls_logits"), ("offsets", "bbox_regression")]:
        result[name] = picks(name, output[key])
    return result


def own_golden(model, side):
    fill(model.eval())
    with torch.no_grad():
        output = model(noise(1, side))
    return {
        "oracle": oracle(), "side": side, "parameters": sum(p.numel() for p in model.parameters()), **picked(output),
    }


def golden(model, side, amplitude):
    names = {
        name: {"shape": list(t.shape), "type": str(t.dtype).split(".")[1]} for name, t in model.state_dict().items()}
    fill(model)

    def heads():
        return model.head(list(model.backbone(images).values()))

    images = noise(2, side)
    model.eval()
    with torch.no_grad():
        outputs = picked(heads())

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
        "oracle": oracle(),
        "parameters": sum(p.numel() for p in model.parameters()),
        "state": names,
        **outputs,
        "truth": TRUTH,
        "localization": parts["bbox_regression"].item(), "confidence": parts["classification"].item(),
        "first": first, "gradient": gradient.flatten().tolist(),
    }


def imagenet_features():
    """The maps that a top-down path takes, of one image of noise."""
    from efficientnet_lite_pytorch import EfficientNet

    def load(model, name):
        folder = pathlib.Path(__file__).resolve().parents[2] / ".deps/weights"
        model.load_state_dict(torch.load(folder / name, map_location="cpu", weights_only=True))
        return model.eval()

    images = noise(1, 160)
    mobilenet = load(torchvision.models.mobilenet_v2(weights=None), "mobilenet_v2-b0353104.pth")
    efficientnet = load(EfficientNet.from_name("efficientnet-lite0"), "efficientnet-lite0-57934424.pth")
    expansions = []
    for index in (5, 11):
        efficientnet._blocks[index]._bn0.register_forward_hook(
            lambda _, __, output: expansions.append(output.clamp(0, 6)))
    with torch.no_grad():
        last = efficientnet.extract_features(images)
        maps = {
            "ssd-mobilenet-v2-fpn": mobilenet_maps(mobilenet.features, images),
            "ssd-efficientnet-lite0-fpn": [*expansions, last],
        }
    return {
        "oracle": {**oracle(), "efficientnet-lite-pytorch": "0.1.0"}, "side": 160,
        "maps": {name: [picks(f"map {index}", map) for index, map in enumerate(given)] for name, given in maps.items()},
    }


def rounded(item):
    if isinstance(item, float):
        return float(f"{item:.8g}")
    if isinstance(item, dict):
        return {key: rounded(part) for key, part in item.items()}
    return [rounded(part) for part in item] if isinstance(item, list) else item


NETWORKS = {
    "ssd300-vgg16": lambda: golden(
        ssd300_vgg16(weights=None, weights_backbone=None, num_classes=91, trainable_backbone_layers=5), 300, 60),
    "ssdlite320-mobilenet-v3-large": lambda: golden(
        ssdlite320_mobilenet_v3_large(
            weights=None, weights_backbone=None, num_classes=91, trainable_backbone_layers=6), 320, 1),
    "ssd512-vgg16": lambda: own_golden(ssd512(), 512),
    "ssdlite320-mobilenet-v2": lambda: own_golden(ssdlite_v2(), 320),
    "ssd-compact": lambda: own_golden(Compact(), 160),
    "ssd-mobilenet-v2-fpn": lambda: own_golden(MobileNetV2Pyramid(), 160),
    "ssd-efficientnet-lite0-fpn": lambda: own_golden(EfficientNetLitePyramid(), 160),
    "imagenet-features": imagenet_features,
}

for name in sys.argv[2:] or NETWORKS:
    with open(f"{sys.argv[1]}/{name}.json", "w") as file:
        json.dump(rounded(NETWORKS[name]()), file, separators=(",", ":"))
        file.write("\n")

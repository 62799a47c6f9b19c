"""torchvision's SSDLite from scratch, trained until its processor seconds are used up.

    torchvision_peer.py train FOLDER COCO SPLIT --seed N --seconds N
    torchvision_peer.py detect FOLDER COCO SPLIT RESULTS

The settings are those of torchvision's reference training of this network: SGD with momentum .9, a
cosine, weight decay .00004, crops by IoU and flips, and a rate of .15 for 192 images a step, here for
as many as a step has. Each image is decoded once, where memory allows.
"""

import argparse
import json
import math
import pathlib
import random
import time

import torch
from PIL import Image, ImageOps
from torchvision import tv_tensors
from torchvision.models import detection
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from labels import Split
from processes import Failed, progress, write

BATCH = 8
RATE_OF_AN_IMAGE = 0.15 / 192
MEMORY = 2 << 30


class Images:
    """Pixels and objects of a split."""

    def __init__(self, split):
        self.split = split
        self.identifiers = sorted(split.paths)
        self.places = {category: place for place, category in enumerate(categories(split), 1)}
        self.kept, self.bytes = {}, 0

    def pixels(self, identifier):
        if identifier in self.kept:
            return self.kept[identifier]
        with Image.open(self.split.paths[identifier]) as image:
            found = functional.pil_to_tensor(ImageOps.exif_transpose(image).convert("RGB"))
        if self.bytes + found.nbytes <= MEMORY:
            self.kept[identifier] = found
            self.bytes += found.nbytes
        return found

    def target(self, identifier):
        objects = [one for one in self.split.objects[identifier] if not one.get("iscrowd")]
        corners = [[x, y, x + width, y + height] for x, y, width, height in (o["bbox"] for o in objects)]
        labels = [self.places[one["category_id"]] for one in objects]
        return torch.tensor(corners).reshape(-1, 4).float(), torch.tensor(labels, dtype=torch.int64)


def categories(split):
    """In the order of the network's classes; 0 is its background."""
    return sorted(split.categories.values())


def network(split):
    make = detection.ssdlite320_mobilenet_v3_large
    return make(weights=None, weights_backbone=None, num_classes=len(split.categories) + 1)


crop = v2.Compose([v2.RandomIoUCrop(), v2.SanitizeBoundingBoxes()])
flip = v2.RandomHorizontalFlip()


def drawn(images, identifier):
    """An image as a step sees it."""
    pixels = tv_tensors.Image(images.pixels(identifier))
    corners, labels = images.target(identifier)
    size = pixels.shape[-2:]
    boxes = tv_tensors.BoundingBoxes(corners, format="XYXY", canvas_size=size)
    target = {"boxes": boxes, "labels": labels}
    # A crop is one around objects.
    pixels, target = flip(*(crop(pixels, target) if len(labels) else (pixels, target)))
    return functional.to_dtype(pixels, torch.float32, scale=True).as_subclass(torch.Tensor), {
        "boxes": target["boxes"].as_subclass(torch.Tensor),
        "labels": target["labels"],
    }


def train(options):
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    split = Split(options.coco, options.split)
    images = Images(split)
    model = network(split).train()
    batch = min(BATCH, len(images.identifiers))
    highest = RATE_OF_AN_IMAGE * batch
    optimizer = torch.optim.SGD(model.parameters(), lr=highest, momentum=0.9, weight_decay=4e-5)
    steps = len(images.identifiers) // batch
    warm_up = min(1000, steps)
    step, told = 0, 0.0
    while True:
        order = random.sample(images.identifiers, len(images.identifiers))
        # Without the rest, as the reference does.
        for start in range(0, steps * batch, batch):
            share = time.process_time() / options.seconds
            if share >= 1:
                return finish(options, model, step * batch)
            rate = highest * min(1, (step + 1) / warm_up) * (1 + math.cos(math.pi * share)) / 2
            for group in optimizer.param_groups:
                group["lr"] = rate
            some = [drawn(images, identifier) for identifier in order[start : start + batch]]
            loss = sum(model(*map(list, zip(*some))).values())
            if not math.isfinite(loss.item()):
                raise Failed(f"torchvision: step {step + 1}: the loss is {loss.item()}")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if time.monotonic() - told > 10:
                told = time.monotonic()
                epoch = (step - 1) // steps + 1
                progress(f"torchvision: {share:.0%}, epoch {epoch}, loss {loss.item():.3f}")


def finish(options, model, seen):
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), options.folder / "weights.pth")
    write(options.folder / "images.json", json.dumps(seen))


def detect(options):
    split = Split(options.coco, options.split)
    images, found = Images(split), []
    model = network(split).eval()
    model.load_state_dict(torch.load(options.folder / "weights.pth"))
    order = categories(split)
    with torch.inference_mode():
        for identifier in images.identifiers:
            result = model([functional.to_dtype(images.pixels(identifier), scale=True)])[0]
            columns = [result[name].tolist() for name in ["labels", "scores", "boxes"]]
            found += [
                {
                    "image_id": identifier,
                    "category_id": order[label - 1],
                    "bbox": [left, top, right - left, bottom - top],
                    "score": score,
                }
                for label, score, (left, top, right, bottom) in zip(*columns)
            ]
    write(options.results, json.dumps(found))


parser = argparse.ArgumentParser()
commands = parser.add_subparsers(required=True)
for command in [train, detect]:
    one = commands.add_parser(command.__name__)
    one.set_defaults(command=command)
    one.add_argument("folder", type=pathlib.Path)
    one.add_argument("coco")
    one.add_argument("split")
    if command is train:
        one.add_argument("--seed", type=int, required=True)
        one.add_argument("--seconds", type=float, required=True)
    else:
        one.add_argument("results", type=pathlib.Path)
options = parser.parse_args()
options.command(options)

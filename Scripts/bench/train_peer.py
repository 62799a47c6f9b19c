"""torchvision's side of the training parts: a whole step for each line on standard input.

The step begins with a normalized batch in memory, as ours does: without torchvision's own resizing
and normalization.
"""

import argparse
import json
import sys
import time

import torch
from safetensors.torch import load_file
from torchvision.models import detection
from torchvision.models.detection.image_list import ImageList

LOGITS = 21


class Listed(torch.nn.Module):
    """Takes the batch as it is."""

    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes

    def forward(self, images, targets):
        return ImageList(images, self.sizes), targets


def main(options):
    torch.set_num_threads(options.threads)
    make = getattr(detection, options.network)
    model = make(weights=None, weights_backbone=None, num_classes=LOGITS).train()
    inputs = load_file(f"{options.folder}/inputs.safetensors")
    pixels = inputs["pixels"].permute(0, 3, 1, 2).contiguous()
    height, width = pixels.shape[-2:]
    sizes = [(height, width)] * len(pixels)
    model.transform = Listed(sizes)
    scale = torch.tensor([width, height, width, height])
    targets = [
        {"boxes": (boxes * scale).float(), "labels": labels}
        for boxes, labels in zip(inputs["boxes"], inputs["labels"])
    ]
    ready = {"ready": True}
    if not options.steps_only:
        model.load_state_dict(load_file(f"{options.folder}/weights.safetensors"))
        with torch.no_grad():
            losses = model(pixels, targets)
        ready["parts"] = [losses["bbox_regression"].item(), losses["classification"].item()]
    if options.best:
        model = model.to(memory_format=torch.channels_last)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
    if options.compile:
        # Not the whole: the loss chooses boxes, as many as there are.
        model.backbone, model.head = torch.compile(model.backbone), torch.compile(model.head)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=1e-4, momentum=0.9, weight_decay=5e-4, fused=options.best or None
    )

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bfloat16):
            losses = model(pixels, targets)
        sum(losses.values()).backward()
        optimizer.step()
        # As ours reports it.
        return sum(losses.values()).item()

    answer(ready)
    for _ in sys.stdin:
        start, cpu_start = time.perf_counter(), time.process_time()
        step()
        ms, cpu_ms = time.perf_counter() - start, time.process_time() - cpu_start
        answer({"ms": ms * 1000, "cpu_ms": cpu_ms * 1000})


def answer(line):
    print(json.dumps(line), flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("--folder", required=True)
parser.add_argument("--network", required=True)
parser.add_argument("--threads", type=int, required=True)
parser.add_argument("--best", action="store_true", help="channels-last, fused SGD")
parser.add_argument("--bfloat16", action="store_true", help="convolutions in bfloat16")
parser.add_argument("--compile", action="store_true", help="backbone and heads by torch.compile")
parser.add_argument("--steps-only", action="store_true", help="without weights and first loss")
main(parser.parse_args())

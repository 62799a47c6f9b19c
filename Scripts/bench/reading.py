"""Eight JPEG files of 640 × 480 pixels to a batch of 300 × 300; peer: torchvision v2 with Pillow.

Both crop and mirror alike, by the draws of our loader; the peer's crops are whole pixels. Colours
are left as they are, because the two libraries change them by different formulas.
"""

import numpy
import photo
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from runner import Mismatch, Ours, alternate, progress, timed, work_folder

IMAGES = 8
SIDE = 300
MEAN = [123 / 255, 117 / 255, 104 / 255]


def run(name, rounds=15):
    torch.set_num_threads(1)
    paths = [photo.write(work_folder(name) / f"{seed}.jpg", seed) for seed in range(IMAGES)]
    with Ours(name, "reading", "--side", SIDE, *paths, threads=1) as ours:
        windows = numpy.rint(ours.inputs["windows"]).astype(int).tolist()
        draws = list(zip(paths, windows, ours.inputs["mirrored"].tolist()))

        def peer():
            return torch.stack([read(*draw) for draw in draws])

        difference = abs(ours.results["pixels"] - peer().permute(0, 2, 3, 1).numpy()).mean()
        if not difference <= 2:
            raise Mismatch(f"{name}: expected 2 grey levels at most, found {difference} on average")
        progress(f"{name}: pixels differ by {difference:.2f} grey levels on average")
        return alternate(name, ours.measure, timed(peer), rounds)


def read(path, window, is_mirrored):
    image = Image.open(path).convert("RGB")
    left, top, right, bottom = window
    image = functional.resized_crop(
        image, top, left, bottom - top, right - left, [SIDE, SIDE], InterpolationMode.BILINEAR
    )
    if is_mirrored:
        image = functional.horizontal_flip(image)
    pixels = functional.to_dtype(functional.pil_to_tensor(image), torch.float32, scale=True)
    return functional.normalize(pixels, MEAN, [1 / 255] * 3, inplace=True)

"""Eight JPEGs of 640 × 480 to an augmented batch of 300 × 300; peers: torchvision v2 with Pillow, OpenCV.

What is timed is the whole augmentation of SSD: ours, and the transforms of torchvision's reference
training of SSD or reading_opencv.py, each by its own draws. What is compared before are a crop and a
mirror, by the draws of our loader; the peer's crops are whole pixels. Colours stay out of that, because
the two change them by different formulas.
"""

import random

import cv2
import numpy
import photo
import reading_opencv
import simplejpeg
import torch
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional

from runner import Mismatch, Ours, alternate, progress, timed, work_folder

IMAGES = 8
SIDE = 300
MEAN = [123 / 255, 117 / 255, 104 / 255]


def run(name, is_opencv=False, rounds=15):
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    paths = [photo.write(work_folder(name) / f"{seed}.jpg", seed) for seed in range(IMAGES)]
    with Ours(name, "reading", "--side", SIDE, *paths, threads=1) as ours:
        windows = numpy.rint(ours.inputs["windows"]).astype(int).tolist()
        draws = list(zip(paths, windows, ours.inputs["mirrored"].tolist()))

        if is_opencv:
            replayed, peer = opencv(draws)
        else:
            replayed = torch.stack([read(*draw) for draw in draws]).numpy()
            transforms = augmentation()

            def peer():
                return torch.stack([augmented(path, transforms) for path in paths])

        difference = abs(ours.results["pixels"] - replayed.transpose(0, 2, 3, 1)).mean()
        if not difference <= 2:
            raise Mismatch(f"{name}: expected 2 grey levels at most, found {difference} on average")
        progress(f"{name}: pixels differ by {difference:.2f} grey levels on average")
        return alternate(name, ours.measure, timed(peer), rounds)


def opencv(draws):
    """The given crops and mirrors, and what is timed."""
    replayed = [
        reading_opencv.read(path.read_bytes(), window, is_mirrored, SIDE, MEAN)
        for path, window, is_mirrored in draws
    ]
    generator = random.Random(0)

    def peer():
        inputs = []
        for path, _, _ in draws:
            data = path.read_bytes()
            height, width = simplejpeg.decode_jpeg_header(data)[:2]
            inputs.append(
                reading_opencv.augmented(data, corners(width, height), SIDE, MEAN, generator)[0])
        return numpy.stack(inputs)

    return numpy.stack(replayed), peer


def corners(width, height):
    """The object that our side has in each picture."""
    return numpy.array([[0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height]])


def augmentation():
    fill = tuple(round(255 * value) for value in MEAN)
    return v2.Compose(
        [
            v2.RandomPhotometricDistort(),
            v2.RandomZoomOut(fill={Image.Image: fill, "others": 0}),
            v2.RandomIoUCrop(),
            v2.RandomHorizontalFlip(),
            v2.Resize((SIDE, SIDE)),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(MEAN, [1 / 255] * 3),
            v2.SanitizeBoundingBoxes(),
        ]
    )


def augmented(path, transforms):
    image = Image.open(path).convert("RGB")
    boxes = tv_tensors.BoundingBoxes(
        corners(*image.size), format="XYXY", canvas_size=(image.height, image.width)
    )
    image, _ = transforms(image, {"boxes": boxes, "labels": torch.ones(1, dtype=torch.int64)})
    return image


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

"""SSD's augmentation as somebody writes it who wants it fast: simplejpeg, OpenCV and NumPy.

Colours are changed behind the resize, where there are fewest pixels, as ours does. The formulas and the
ranges are torchvision's, whose transforms the other peer of `reading` uses.
"""

import math

import cv2
import numpy
import simplejpeg

IOUS = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]


def decoded(data):
    return simplejpeg.decode_jpeg(data)


def read(data, window, is_mirrored, side, mean):
    """A given crop and mirror, to compare both sides with."""
    left, top, right, bottom = window
    return normalized(resized(decoded(data)[top:bottom, left:right], side, is_mirrored), mean)


def augmented(data, boxes, side, mean, random):
    """An input [3, side, side] and the boxes in its pixels, from the bytes of a JPEG and corners."""
    image = decoded(data)
    if random.random() < 0.5:
        image, boxes = zoomed_out(image, boxes, mean, random)
    image, boxes = cropped(image, boxes, random)
    is_mirrored = random.random() < 0.5
    scale = [side / image.shape[1], side / image.shape[0]] * 2
    boxes = boxes * scale
    if is_mirrored:
        boxes = numpy.stack([side - boxes[:, 2], boxes[:, 1], side - boxes[:, 0], boxes[:, 3]], 1)
    image = distorted(resized(image, side, is_mirrored), random)
    return normalized(image, mean), boxes


def zoomed_out(image, boxes, mean, random):
    height, width = image.shape[:2]
    ratio = random.uniform(1, 4)
    left, top = random.random() * (ratio - 1) * width, random.random() * (ratio - 1) * height
    left, top = int(left), int(top)
    right, bottom = int(ratio * width) - width - left, int(ratio * height) - height - top
    image = cv2.copyMakeBorder(
        image, top, max(bottom, 0), left, max(right, 0), cv2.BORDER_CONSTANT,
        value=[255 * value for value in mean])
    return image, boxes + [left, top, left, top]


def cropped(image, boxes, random):
    height, width = image.shape[:2]
    while True:
        least = random.choice(IOUS)
        if least == 1:
            return image, boxes
        for _ in range(40):
            w, h = int(width * random.uniform(0.3, 1)), int(height * random.uniform(0.3, 1))
            if not 0.5 <= w / h <= 2:
                continue
            left, top = int((width - w) * random.random()), int((height - h) * random.random())
            centers = (boxes[:, :2] + boxes[:, 2:]) / 2 - [left, top]
            inside = ((centers > 0) & (centers < [w, h])).all(1)
            if not inside.any():
                continue
            kept = boxes[inside]
            corners = numpy.array([left, top, left + w, top + h])
            sides = numpy.minimum(kept[:, 2:], corners[2:]) - numpy.maximum(kept[:, :2], corners[:2])
            shared = sides.clip(0).prod(1)
            union = w * h + (kept[:, 2:] - kept[:, :2]).prod(1) - shared
            if (shared / union).max() < least:
                continue
            kept = (kept - [left, top, left, top]).clip(0, [w, h, w, h])
            return image[top : top + h, left : left + w], kept


def resized(image, side, is_mirrored):
    image = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR)
    return cv2.flip(image, 1) if is_mirrored else image


def distorted(image, random):
    brightness = random.uniform(0.875, 1.125) if random.random() < 0.5 else 1
    contrast = random.uniform(0.5, 1.5) if random.random() < 0.5 else 1
    saturation = random.uniform(0.5, 1.5) if random.random() < 0.5 else 1
    hue = random.uniform(-0.05, 0.05) if random.random() < 0.5 else 0
    is_first = random.random() < 0.5
    if brightness != 1:
        image = cv2.convertScaleAbs(image, alpha=brightness)
    if contrast != 1 and is_first:
        image = contrasted(image, contrast)
    if saturation != 1 or hue:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL)
        tables = numpy.stack(
            [
                (numpy.arange(256) + math.floor(256 * hue)) % 256,
                (numpy.arange(256) * saturation).clip(0, 255),
                numpy.arange(256),
            ], 1
        ).astype(numpy.uint8)
        image = cv2.cvtColor(cv2.LUT(hsv, tables[None]), cv2.COLOR_HSV2RGB_FULL)
    if contrast != 1 and not is_first:
        image = contrasted(image, contrast)
    return image


def contrasted(image, contrast):
    grey = cv2.mean(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))[0]
    return cv2.convertScaleAbs(image, alpha=contrast, beta=(1 - contrast) * grey)


def normalized(image, mean):
    values = cv2.subtract(image.astype(numpy.float32), (*(255 * value for value in mean), 0))
    return values.transpose(2, 0, 1)

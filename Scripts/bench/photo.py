"""Pictures that compress as photographs do: broad shades, edges, fine grain."""

import numpy
from PIL import Image


def write(path, seed, width=640, height=480):
    random = numpy.random.default_rng(seed)
    total = numpy.zeros((height, width, 3))
    # Each octave is twice as fine and about half as strong.
    for octave in range(2, 9):
        noise = random.uniform(-1, 1, (2**octave * 3 // 4, 2**octave, 3))
        shade = noise.mean(2, keepdims=True).repeat(3, 2) + noise / 4
        for channel in range(3):
            layer = Image.fromarray(shade[..., channel].astype("float32"))
            total[..., channel] += numpy.asarray(layer.resize((width, height), 3)) / 1.6**octave
    pixels = 128 + 200 * total
    rows, columns = numpy.mgrid[:height, :width]
    for _ in range(12):
        x, y = random.uniform(0, width), random.uniform(0, height)
        a, b = random.uniform(20, 120, 2)
        inside = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1
        pixels[inside] = pixels[inside] * 0.5 + random.uniform(0, 128, 3)
    image = Image.fromarray(pixels.clip(0, 255).astype("uint8"))
    # 4:2:0, as cameras and COCO have it.
    image.save(path, quality=90)
    return path

"""Makes small image files and what Pillow reads from them.

    python3 -m pip install pillow==13.0.0 numpy
    python3 Scripts/goldens/images.py > Tests/ImageFilesTests/Goldens/images.json

Each entry: the file and its RGB pixels (Pillow, EXIF orientation applied), base64. "resized" holds Pillow's
antialiased bilinear reductions and enlargements.
"""

import base64
import io
import json

import numpy
import PIL
from PIL import Image, ImageOps

generator = numpy.random.default_rng(7)
y, x = numpy.mgrid[0:11, 0:13]
smooth = numpy.stack([x * 18, y * 22, 255 - x * 9 - y * 9], axis=-1).astype(numpy.uint8)
picture = Image.fromarray(smooth)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def text(data):
    return base64.b64encode(data).decode()


files = {}
for mode in ["RGB", "L", "P", "RGBA", "LA", "1"]:
    image = picture.convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(generator.integers(0, 256, (11, 13), numpy.uint8)))
    files[f"png-{mode}"] = encoded(image, "PNG")
files["png-16"] = encoded(Image.fromarray((x * 4000 + y * 1000).astype(numpy.uint16)), "PNG")
for mode in ["RGB", "L", "P", "1"]:
    files[f"bmp-{mode}"] = encoded(picture.convert(mode), "BMP")
files["jpeg-RGB"] = encoded(picture, "JPEG", quality=95)
files["jpeg-L"] = encoded(picture.convert("L"), "JPEG", quality=95)
files["jpeg-progressive"] = encoded(picture, "JPEG", quality=95, progressive=True)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    files[f"jpeg-orientation-{orientation}"] = encoded(picture, "JPEG", quality=95, exif=exif)

entries = []
for name, data in files.items():
    image = Image.open(io.BytesIO(data))
    if name == "png-16":
        # Pillow keeps the high byte; libpng rounds. Within one level of each other.
        rgb = Image.fromarray((numpy.asarray(image) / 257).round().astype(numpy.uint8)).convert("RGB")
    else:
        rgb = ImageOps.exif_transpose(image).convert("RGB")
    entries.append({"name": name, "file": text(data), "width": rgb.width, "height": rgb.height, "rgb": text(rgb.tobytes())})

noise = Image.fromarray(generator.integers(0, 256, (37, 50, 3), numpy.uint8))
resized = []
for width, height, box in [(20, 15, None), (13, 40, None), (80, 60, None), (30, 30, (5.5, 3.25, 40.25, 30)), (50, 37, None)]:
    output = noise.resize((width, height), Image.BILINEAR, box=box)
    resized.append({"width": width, "height": height, "box": box, "rgb": text(output.tobytes())})

print(json.dumps({
    "oracle": f"Pillow {PIL.__version__}, numpy {numpy.__version__}, Scripts/goldens/images.py, seed 7",
    "files": entries,
    "source": {"width": noise.width, "height": noise.height, "rgb": text(noise.tobytes())}, "resized": resized,
}, indent=0))

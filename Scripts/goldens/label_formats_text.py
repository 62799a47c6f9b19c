"""Writes Tests/DatasetsTests/Goldens/label-formats-text.json: made datasets in CVAT's XML, KITTI,
WIDER FACE, YOLO, Pascal VOC and DOTA, and what datumaro reads of them.

    pip install datumaro==1.13.12
    python3 Scripts/goldens/label_formats_text.py

The generator is ours, seed 13; the boxes of images, as class, left, top, right, bottom in pixels, are
datumaro's. Polygons, masks and turned boxes are the bounds of datumaro's corners.
"""

import importlib.metadata
import json
import logging
import math
import random
import tempfile
import warnings
from pathlib import Path

import numpy
from PIL import Image

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import datumaro  # noqa: E402

NAMES = ["car", "van", "person"]
draw = random.Random(13)


def made_image(number=1):
    """A size and boxes of whole pixels, each with a class; number 0 has all classes in their order, because
    datumaro takes them from the labels."""
    width, height = draw.randint(40, 90), draw.randint(40, 90)
    boxes = []
    for label in NAMES if number == 0 else draw.choices(NAMES, k=draw.randint(0, 4)):
        x, y = draw.randint(1, width - 20), draw.randint(1, height - 20)
        boxes.append((label, x, y, x + draw.randint(3, 18), y + draw.randint(3, 18)))
    return (width, height), boxes


def cvat():
    files, images = {}, {}
    rows = ["<annotations><version>1.1</version><meta><task><labels>"]
    rows += [f"<label><name>{name}</name><attributes></attributes></label>" for name in NAMES]
    rows += ["</labels></task></meta>"]
    for number in range(12):
        size, boxes = made_image()
        name = f"photo {number}.png"
        images[f"images/{name}"] = size
        rows.append(f'<image id="{number}" name="{name}" width="{size[0]}" height="{size[1]}">')
        for index, (label, left, top, right, bottom) in enumerate(boxes):
            common = f'label="{label}" occluded="0" source="manual" z_order="0"'
            kind = index % 3
            if kind == 0:
                turn = f'rotation="{draw.randint(1, 359)}.5"' if draw.random() < 0.5 else ""
                rows.append(
                    f'<box {common} xtl="{left}.25" ytl="{top}.5" xbr="{right}" ybr="{bottom}.0"'
                    f" {turn}></box>")
            elif kind == 1:
                corners = [(left, top), (right, top + 1.5), (left + 2.25, bottom)]
                points = ";".join(f"{x},{y}" for x, y in corners)
                rows.append(f'<polygon {common} points="{points}"></polygon>')
            else:
                points = f"{left},{top};{right},{bottom}"
                rows.append(f'<polyline {common} points="{points}"></polyline>')
        rows.append("</image>")
    files["annotations.xml"] = "\n".join(rows + ["</annotations>"]) + "\n"
    return files, images


def kitti():
    files, images = {}, {}
    for split in "train", "val":
        for number in range(6):
            size, boxes = made_image(number)
            stem = f"{split}/label_2/{number:06}"
            images[f"{split}/image_2/{number:06}.png"] = size
            files[f"{stem}.txt"] = "".join(
                f"{label.capitalize()} 0.00 0 -1.5 {left}.25 {top} {right}.75 {bottom}.5"
                " 1.5 1.6 3.9 1.0 1.6 20.0 -1.5\n"
                for label, left, top, right, bottom in boxes)
    return files, images


def wider():
    files, images = {}, {}
    for split in "train", "val":
        rows = []
        for number in range(6):
            size, boxes = made_image()
            name = f"0--Parade/0_Parade_{split}_{number}.jpg"
            images[f"WIDER_{split}/images/{name}"] = size
            rows += [name, str(len(boxes))]
            rows += [
                f"{left} {top} {right - left} {bottom - top} 0 0 0 {int(draw.random() < 0.3)} 1 0 "
                for _, left, top, right, bottom in boxes
            ] or ["0 0 0 0 0 0 0 0 0 0 "]
        files[f"wider_face_split/wider_face_{split}_bbx_gt.txt"] = "\n".join(rows) + "\n"
    return files, images


def yolo():
    files, images = {}, {}
    files["data.yaml"] = f"train: images/train\nval: images/val\nnc: 3\nnames: {NAMES}\n"
    for split in "train", "val":
        for number in range(6):
            size, boxes = made_image(number)
            stem = f"{split}/{split} {number}"
            images[f"images/{stem}.png"] = size
            files[f"labels/{stem}.txt"] = "".join(
                f"{NAMES.index(label)} {(left + right) / 2 / size[0]!r}"
                f" {(top + bottom) / 2 / size[1]!r} {(right - left) / size[0]!r}"
                f" {(bottom - top) / size[1]!r}\n"
                for label, left, top, right, bottom in boxes)
    return files, images


def voc():
    files, images = {}, {}
    for split in "train", "val":
        names = []
        for number in range(6):
            size, boxes = made_image()
            name = f"{split}_{number}"
            names.append(name)
            images[f"JPEGImages/{name}.jpg"] = size
            objects = "".join(
                f"<object><name>{label}</name><difficult>{int(draw.random() < 0.3)}</difficult>"
                f"<bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax>"
                f"<ymax>{bottom}</ymax></bndbox></object>\n"
                for label, left, top, right, bottom in boxes)
            files[f"Annotations/{name}.xml"] = (
                f"<annotation><filename>{name}.jpg</filename><size><width>{size[0]}</width>"
                f"<height>{size[1]}</height><depth>3</depth></size>\n{objects}</annotation>\n")
        files[f"ImageSets/Main/{split}.txt"] = "\n".join(names) + "\n"
    files["labelmap.txt"] = "# label:color_rgb:parts:actions\n" + "".join(
        f"{name}:::\n" for name in ["background"] + NAMES)
    return files, images


def dota():
    files, images = {}, {}
    for split in "train", "val":
        for number in range(6):
            size, boxes = made_image(number)
            stem = f"{split}/labelTxt/P{number:04}"
            images[f"{split}/images/P{number:04}.png"] = size
            rows = ["imagesource:GoogleEarth", "gsd:0.15"]
            for label, left, top, right, bottom in boxes:
                angle = draw.random() * math.pi / 2
                half = (right - left) / 3, (bottom - top) / 3
                middle = (left + right) / 2, (top + bottom) / 2
                corners = []
                for x, y in (-1, -1), (1, -1), (1, 1), (-1, 1):
                    x, y = x * half[0], y * half[1]
                    corners += [
                        middle[0] + x * math.cos(angle) - y * math.sin(angle),
                        middle[1] + x * math.sin(angle) + y * math.cos(angle),
                    ]
                rows.append(" ".join(f"{value:.3f}" for value in corners) + f" {label} 0")
            files[f"{stem}.txt"] = "\n".join(rows) + "\n"
    return files, images


def bounds(annotation):
    kind = annotation.type.name
    if kind == "bbox":
        x, y, width, height = annotation.get_bbox()
        return [x, y, x + width, y + height]
    if kind == "rotated_bbox":
        corners = numpy.array(annotation.as_polygon()).reshape(-1, 2)
        return [*corners.min(0), *corners.max(0)]
    if kind == "polygon":
        corners = numpy.array(annotation.points).reshape(-1, 2)
        return [*corners.min(0), *corners.max(0)]
    return None


def read(format, files, images):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        for path, size in images.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", size).save(folder / path)
        dataset = datumaro.Dataset.import_from(str(folder), format)
        names = [label.name for label in dataset.categories()[datumaro.AnnotationType.label]]
        splits = {}
        for item in dataset:
            rows = [
                [names[annotation.label]] + [round(float(value), 6) for value in bounds(annotation)]
                for annotation in item.annotations
                if bounds(annotation)
            ]
            splits.setdefault(item.subset, {})[item.id] = rows
    return splits


def main():
    sets = []
    for format, make in [
        ("cvat", cvat), ("kitti", kitti), ("wider_face", wider), ("yolo", yolo), ("voc", voc),
        ("dota", dota),
    ]:
        files, images = make()
        splits = read(format, files, images)
        sets.append({"format": format, "files": files, "images": images, "splits": splits})
        print(format, {name: sum(map(len, split.values())) for name, split in splits.items()})
    version = importlib.metadata.version("datumaro")
    target = Path(__file__).parents[2] / "Tests/DatasetsTests/Goldens/label-formats-text.json"
    target.write_text(json.dumps({"oracle": f"datumaro {version}", "sets": sets}, indent=1) + "\n")


if __name__ == "__main__":
    main()

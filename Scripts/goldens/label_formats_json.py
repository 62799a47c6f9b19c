"""Makes random labels in the JSON of labelling tools and what other programs read in them.

    python3 -m pip install supervision==0.31.2 label-studio-sdk==2.1.2
    python3 Scripts/goldens/label_formats_json.py Tests/DatasetsTests/Goldens/label-formats-json.json

Create ML's and LabelMe's files are read by supervision, Label Studio's turned rectangles by Label Studio's own package.
VIA's has no reader in either, its tests are by hand. Polygons stay inside of their images and have corners on whole
pixels: supervision takes their box from a mask elsewhere.
"""

import json
import pathlib
import random
import sys
import tempfile

import supervision
from label_studio_sdk.converter.utils import convert_annotation_to_yolo_obb
from PIL import Image
from supervision.dataset.formats.createml import load_createml_annotations
from supervision.dataset.formats.labelme import load_labelme_annotations

SEED = 13
CLASSES = ["bus", "car", "dog walker", "größe"]


def box(generator, width, height):
    x, y = (round(generator.uniform(0, side * .7), 2) for side in (width, height))
    w = round(generator.uniform(1, width - x - 1), 2)
    h = round(generator.uniform(1, height - y - 1), 2)
    return x, y, w, h


def pictures(generator, count):
    return [(f"{index}.png", generator.randint(30, 90), generator.randint(30, 90)) for index in range(count)]


def boxes(read, folder):
    """What supervision reads: for each image its classes and corners."""
    classes, _, annotations = read(folder)
    return {
        pathlib.Path(path).name: [
            [classes[number]] + [float(side) for side in corners]
            for number, corners in zip(found.class_id, found.xyxy)
        ] if len(found) else []
        for path, found in annotations.items()
    }


def with_files(files, images, read):
    with tempfile.TemporaryDirectory() as folder:
        for name, width, height in images:
            Image.new("RGB", (width, height)).save(f"{folder}/{name}")
        for name, text in files.items():
            pathlib.Path(folder, name).write_text(text, encoding="utf-8")
        return {"files": files, "pictures": images, "boxes": boxes(read, folder)}


def createml(generator):
    images = pictures(generator, 12)
    entries = []
    for name, width, height in images:
        annotations = []
        for _ in range(generator.randint(0, 6)):
            x, y, w, h = box(generator, width, height)
            annotations.append({
                "label": generator.choice(CLASSES),
                "coordinates": {"x": x + w / 2, "y": y + h / 2, "width": w, "height": h},
            })
        entries.append({"image": name, "annotations": annotations})
    files = {"_annotations.createml.json": json.dumps(entries)}
    return with_files(
        files, images, lambda folder: load_createml_annotations(folder, f"{folder}/_annotations.createml.json"))


def labelme(generator):
    images = pictures(generator, 12)
    files = {}
    for name, width, height in images:
        # supervision makes masks of all shapes of a file with a polygon.
        kind = generator.choice(["rectangle", "polygon"])
        shapes = []
        for _ in range(generator.randint(1, 5)):
            x, y, w, h = box(generator, width, height)
            points = [[x, y], [x + w, y + h]]
            if kind == "polygon":
                points = [[generator.randint(0, width - 1), generator.randint(0, height - 1)] for _ in range(5)]
            elif generator.random() < .5:
                points = [[x + w, y], [x, y + h]]
            shapes.append({
                "label": generator.choice(CLASSES), "points": points, "group_id": None, "shape_type": kind, "flags": {},
            })
        files[name.replace(".png", ".json")] = json.dumps({
            "version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": f"..\\pictures\\{name}", "imageData": None,
            "imageHeight": height, "imageWidth": width,
        }, ensure_ascii=False)
    return with_files(files, images, lambda folder: load_labelme_annotations(folder, folder))


def labelstudio(generator):
    images = pictures(generator, 12)
    tasks, expected = [], {}
    for number, (name, width, height) in enumerate(images):
        results, expected[name] = [], []
        for region in range(generator.randint(1, 5)):
            # Small ones in the middle: however turned, they stay inside.
            value = {
                "x": generator.uniform(40, 55), "y": generator.uniform(40, 55), "width": generator.uniform(2, 10),
                "height": generator.uniform(2, 10), "rotation": generator.choice([0, 45, 90, generator.uniform(0, 360)]),
            }
            label = generator.choice(CLASSES)
            size = {"original_width": width, "original_height": height}
            corners = convert_annotation_to_yolo_obb(value | size, normalize=False)
            xs, ys = zip(*corners)
            expected[name].append([label, min(xs), min(ys), max(xs), max(ys)])
            results.append(size | {
                "id": f"{number}-{region}", "type": "rectanglelabels", "from_name": "label", "to_name": "image",
                "image_rotation": 0, "value": value | {"rectanglelabels": [label]},
            })
        upload = f"{generator.getrandbits(32):08x}-{name}"
        tasks.append({
            "id": number, "data": {"image": f"/data/upload/3/{upload}"},
            "annotations": [{"id": number, "was_cancelled": False, "result": results}],
        })
    return {"files": {"project-3.json": json.dumps(tasks)}, "pictures": images, "boxes": expected}


def main():
    generator = random.Random(SEED)
    golden = {
        "oracle": f"supervision {supervision.__version__}, label-studio-sdk 2.1.2, seed {SEED}",
        "createml": createml(generator), "labelme": labelme(generator), "labelstudio": labelstudio(generator),
    }
    pathlib.Path(sys.argv[1]).write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


main()

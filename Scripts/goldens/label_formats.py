"""Makes small labelled datasets and what independent readers and writers make of them.

    python3 -m pip install datumaro==1.13.12 tfrecord==1.14.6 pillow
    python3 Scripts/goldens/label_formats.py > Tests/DatasetsTests/Goldens/label-formats.json

"tables": texts, and their records as Python's csv module reads them. "datasets": files of a layout, the sizes of
its images, and the boxes as datumaro reads them. "records": a file that the package tfrecord writes, and what
was given to it. Boxes are corners in pixels.
"""

import base64
import csv
import io
import json
import logging
import pathlib
import random
import sys
import tempfile

import datumaro
import tfrecord
from PIL import Image

logging.disable(logging.WARNING)
SEED = 17
generator = random.Random(SEED)
NAMES = ["cat", "dog, big", 'the "fox"', "Äpfel"]


def png(width, height):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (7, 7, 7)).save(buffer, "PNG")
    return buffer.getvalue()


def tables():
    texts = []
    for newline in ["\n", "\r\n"]:
        for quoting in [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]:
            buffer = io.StringIO()
            writer = csv.writer(buffer, lineterminator=newline, quoting=quoting)
            for _ in range(30):
                fields = [
                    "".join(generator.choice('ab ,";\näß') for _ in range(generator.randrange(6)))
                    for _ in range(generator.randrange(2, 5))
                ]
                # A line of spaces and nothing else is no record here.
                writer.writerow(["x"] + fields)
            texts.append(buffer.getvalue())
    return [{"text": text, "records": list(csv.reader(io.StringIO(text, newline="")))} for text in texts]


def objects(width, height, count):
    result = []
    for _ in range(count):
        x, y = sorted(generator.sample(range(width + 1), 2)), sorted(generator.sample(range(height + 1), 2))
        result.append((generator.choice(NAMES), x[0], y[0], x[1], y[1]))
    return result


def images():
    sizes = {f"image {number}": (generator.randrange(40, 90), generator.randrange(30, 70)) for number in range(5)}
    return {name: (*size, objects(*size, generator.randrange(1, 5))) for name, size in sizes.items()}


def table(rows):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def vott(content):
    rows = [["image", "xmin", "ymin", "xmax", "ymax", "label"]]
    for name, (_, _, found) in content.items():
        rows += [[f"{name}.png", *box, label] for label, *box in found]
    return {"train-export.csv": table(rows)}, ""


def open_images(content):
    codes = {name: f"/m/0{number}" for number, name in enumerate(NAMES)}
    header = "ImageID Source LabelName Confidence XMin XMax YMin YMax IsOccluded IsTruncated IsGroupOf"
    rows = [(header + " IsDepiction IsInside").split()]
    for name, (width, height, found) in content.items():
        for label, x1, y1, x2, y2 in found:
            shares = [x1 / width, x2 / width, y1 / height, y2 / height]
            rows.append([name, "xclick", codes[label], 1, *shares, 0, 0, 0, 0, 0])
    ids = [["ImageID", "Subset"]] + [[name, "train"] for name in content]
    return {
        "annotations/train-annotations-bbox.csv": table(rows),
        "annotations/class-descriptions-boxable.csv": table([[code, name] for name, code in codes.items()]),
        "annotations/train-images-with-labels-with-rotation.csv": table(ids),
    }, "images/train/"


def dataset(layout, make, content):
    files, folder = make(content)
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        for name, (width, height, _) in content.items():
            path = root / f"{folder}{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(width, height))
        read = datumaro.Dataset.import_from(str(root), layout)
        names = [label.name for label in read.categories()[datumaro.AnnotationType.label]]
        found = {
            item.id: [
                [names[each.label], *each.points]
                for each in item.annotations
                if each.type == datumaro.AnnotationType.bbox
            ]
            for item in read
        }
    sizes = {f"{folder}{name}.png": [width, height] for name, (width, height, _) in content.items()}
    # datumaro gives Open Images' codes, not the names that describe them.
    files = {name: text for name, text in files.items() if "class-descriptions" not in name}
    return {"layout": layout, "files": files, "images": sizes, "objects": found}


def records(content):
    with tempfile.TemporaryDirectory() as root:
        path = f"{root}/train.tfrecord"
        writer = tfrecord.TFRecordWriter(path)
        for name, (width, height, found) in content.items():
            columns = list(zip(*found))
            datum = {
                "image/encoded": (png(width, height), "byte"),
                "image/filename": (f"{name}.png".encode(), "byte"),
                "image/format": (b"png", "byte"),
                "image/width": (width, "int"),
                "image/height": (height, "int"),
                "image/object/class/text": ([label.encode() for label in columns[0]], "byte"),
                "image/object/class/label": ([NAMES.index(label) + 1 for label in columns[0]], "int"),
            }
            for key, values, side in zip(["xmin", "ymin", "xmax", "ymax"], columns[1:], [width, height] * 2):
                datum[f"image/object/bbox/{key}"] = ([value / side for value in values], "float")
            writer.write(datum)
        writer.close()
        data = pathlib.Path(path).read_bytes()
    items = "".join(f"item {{ id: {number} name: {json.dumps(name, ensure_ascii=False)} }}\n"
                    for number, name in enumerate(NAMES, 1))
    return {
        "files": {"label_map.pbtxt": items},
        "file": base64.b64encode(data).decode(),
        "objects": {name: [list(each) for each in found] for name, (_, _, found) in content.items()},
    }


json.dump(
    {
        "oracle": {
            "python": sys.version.split()[0],
            "datumaro": datumaro.__version__,
            "tfrecord": "1.14.6",
            "seed": SEED,
        },
        "tables": tables(),
        "datasets": [dataset("vott_csv", vott, images()), dataset("open_images", open_images, images())],
        "records": records(images()),
    },
    sys.stdout,
    indent=1,
    ensure_ascii=False,
)
print()

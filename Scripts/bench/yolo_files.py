"""A YOLO dataset of 100,000 small pictures, each with a label file, read to an index in memory.

The peer is supervision, which reads the pictures' headers and all labels too. Times are the processor's.
"""

import io
import random

from coco_files import Costs, memory, their
from PIL import Image
from runner import NATIVE_BUILD, alternate, check_close, progress, work_folder

IMAGES = 100_000
CLASSES = 20


def run(name, rounds=3):
    folder = made(work_folder(name) / "yolo")
    ours = Costs([NATIVE_BUILD / "multibox-bench", "yolo-files", folder])
    peer = Costs(their("yolo_peer.py", folder))
    check_close(name, ours.output(), peer.output(), 0)
    both = alternate(name, ours, peer, rounds, warm_up=0)
    both["memory"] = memory(name, ours, peer)
    return both


def made(folder):
    """Writes the dataset, once: one to eight objects in pictures of 48 × 32 pixels."""
    yaml = folder / "data.yaml"
    if yaml.exists():
        return folder
    progress(f"making {IMAGES} pictures and label files")
    images, labels = folder / "train/images", folder / "train/labels"
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    generator = random.Random(11)
    pictures = []
    for shade in range(64):
        buffer = io.BytesIO()
        Image.new("RGB", (48, 32), (4 * shade, 90, 255 - 4 * shade)).save(buffer, "JPEG")
        pictures.append(buffer.getvalue())
    for index in range(IMAGES):
        (images / f"{index:06d}.jpg").write_bytes(pictures[index % len(pictures)])
        lines = []
        for _ in range(generator.randint(1, 8)):
            width, height = generator.uniform(0.05, 0.4), generator.uniform(0.05, 0.4)
            x, y = (generator.uniform(side / 2, 1 - side / 2) for side in (width, height))
            lines.append(f"{generator.randrange(CLASSES)} {x:.6f} {y:.6f} {width:.6f} {height:.6f}\n")
        (labels / f"{index:06d}.txt").write_text("".join(lines))
    names = ", ".join(f"class-{index}" for index in range(CLASSES))
    # Last: where it stands the dataset is whole.
    yaml.write_text(f"train: train/images\nnc: {CLASSES}\nnames: [{names}]\n")
    return folder

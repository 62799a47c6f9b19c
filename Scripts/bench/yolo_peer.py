"""What supervision does with a YOLO dataset: yolo_peer.py FOLDER. Prints images and objects as JSON."""

import json
import pathlib
import sys

import supervision

folder = pathlib.Path(sys.argv[1])
dataset = supervision.DetectionDataset.from_yolo(
    images_directory_path=str(folder / "train/images"),
    annotations_directory_path=str(folder / "train/labels"),
    data_yaml_path=str(folder / "data.yaml"),
)
print(json.dumps([len(dataset), sum(len(found) for found in dataset.annotations.values())]))

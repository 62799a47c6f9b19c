"""The dataset as the peers read it: COCO's and YOLO's files, which `multibox dataset --convert` writes."""

import hashlib
import json
import pathlib
import shutil

import yaml

from processes import Failed, answer, progress, write


class Split:
    """One split of COCO's files."""

    def __init__(self, folder, name):
        self.name = name
        self.file = pathlib.Path(folder) / f"annotations/instances_{name}.json"
        content = json.loads(self.file.read_text())
        self.categories = {category["name"]: category["id"] for category in content["categories"]}
        images = self.file.parent.parent / "images" / name
        self.paths = {image["id"]: images / image["file_name"] for image in content["images"]}
        self.objects = {identifier: [] for identifier in self.paths}
        for annotation in content["annotations"]:
            self.objects[annotation["image_id"]].append(annotation)

    def classes(self):
        """The names, in the order of the categories' numbers."""
        return sorted(self.categories, key=self.categories.get)


class Data:
    """Both conversions, in a folder that is made anew, and which splits are for what."""

    def __init__(self, binary, source, folder):
        self.binary, self.source = binary, source
        self.name = pathlib.Path(source).name
        self.coco, self.yolo = folder / "coco", folder / "yolo"
        for name, target in [("coco", self.coco), ("yolo", self.yolo)]:
            shutil.rmtree(target, ignore_errors=True)
            answer([binary, "dataset", source, "--convert", name, "--output", target])
        # Those that `multibox train` takes by itself.
        self.train = self._split("trainval", "train")
        self.test = self._split("test", "val", "valid")
        if self.train.categories != self.test.categories:
            raise Failed(f"{self.test.file}: expected the classes of {self.train.name}")
        self.yaml = self.yolo / "peer.yaml"
        names = self._names()
        # JSON is YAML.
        content = {
            "train": f"images/{self.train.name}",
            "val": f"images/{self.test.name}",
            "names": names,
        }
        write(self.yaml, json.dumps(content))
        progress(
            f"accuracy: {source}: {len(self.train.paths)} images to train on ({self.train.name}),"
            f" {len(self.test.paths)} to measure ({self.test.name})"
        )

    def _names(self):
        """Those of the classes' numbers in YOLO's files, which are those of COCO's in their order."""
        path = self.yolo / "data.yaml"
        names = yaml.safe_load(path.read_text())["names"]
        if list(names.values()) != self.train.classes():
            raise Failed(f"{path}: expected names {self.train.classes()}, found {names}")
        return names

    def _split(self, *names):
        for name in names:
            if (self.coco / f"annotations/instances_{name}.json").exists():
                return Split(self.coco, name)
        raise Failed(f"{self.source}: expected a split called {' or '.join(names)}")

    def fingerprint(self):
        files = [self.train.file, self.test.file]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]

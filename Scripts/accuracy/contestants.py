"""Those that are compared: how each is trained for a budget of processor seconds, and how it detects."""

import hashlib
import json
import pathlib
import sys

from processes import Failed, answer, progress, seconds, write

HERE = pathlib.Path(__file__).resolve().parent
# Average precision looks at all scores: the lowest one that the peers' own measurements take.
THRESHOLD = 0.001


class Contestant:
    """One line of the table. `key` names its files."""

    # Options of its training, besides data, seed and length.
    options = ()
    # What makes the epochs of a short run those of a long one.
    cost_options = ()
    # Variables that its programs get.
    environment = {}

    def __init__(self, data):
        self.data = data

    def start(self, _):
        """The weights that it begins with."""
        return "scratch"

    def made_from(self):
        """What its result depends on besides seed and budget."""
        return {
            "program": digest(self.files()),
            "options": list(map(str, self.options)),
            "data": self.data.fingerprint(),
        }

    def train(self, folder, seed, budget):
        """Trains into `folder`; returns the processor seconds."""
        epochs = self.epochs(folder, budget) if budget else None
        return seconds(self.line(folder / "run", seed, epochs), self.environment)

    def epochs(self, folder, budget):
        """As many as use the budget, by what one and three of them cost.

        The whole process counts, and its start and end are no part of an epoch.
        """
        path = folder.parent / f"{self.key}-cost.json"
        costs = json.loads(path.read_text()) if path.exists() else {}
        if costs.get("made_from") != self.made_from():
            progress(f"{self.key}: measuring what an epoch costs")
            one, three = (
                seconds(
                    [*self.line(folder / f"cost-{count}", 1, count), *self.cost_options],
                    self.environment,
                )
                for count in [1, 3]
            )
            costs = {"made_from": self.made_from(), "one": one, "epoch": max((three - one) / 2, 0.01)}
            write(path, json.dumps(costs))
        epochs = max(1, 1 + round((budget - costs["one"]) / costs["epoch"]))
        progress(
            f"{self.key}: an epoch costs {costs['epoch']:.1f} processor seconds,"
            f" start and end {costs['one'] - costs['epoch']:.1f}: {epochs} epochs"
        )
        return epochs


class Ours(Contestant):
    """`multibox train` as it is, or with options."""

    program = "MultiBox"

    def __init__(self, data, options=()):
        super().__init__(data)
        self.options = options
        self.key = "-".join(["multibox", *(option.strip("-") for option in options)])

    def start(self, folder):
        """By itself it starts from ImageNet, where the weights are there and the images are few."""
        configuration = json.loads((folder / "run/configuration.json").read_text())
        return "ImageNet" if configuration["network"].get("pretrained") else "scratch"

    def files(self):
        return [self.data.binary, self.data.binary.with_name("multibox-torch")]

    def line(self, run, seed, epochs):
        options = ["--seed", seed, "--validate-every", 0, *self.options]
        if epochs:
            options += ["--epochs", epochs]
        return [self.data.binary, "train", "--data", self.data.source, "--output", run, *options]

    def network(self, folder):
        return json.loads((folder / "run/configuration.json").read_text())["network"]["name"]

    def images(self, folder):
        lines = map(json.loads, (folder / "run/metrics.jsonl").read_text().splitlines())
        return max(line["epoch"] for line in lines) * len(self.data.train.paths)

    def detect(self, folder, results):
        test = self.data.test
        options = ["--coco", results, "--coco-ids", test.file, "--threshold", THRESHOLD]
        images = [test.paths[identifier] for identifier in sorted(test.paths)]
        answer([self.data.binary, "detect", "--run", folder / "run", *options, *images])


class Torchvision(Contestant):
    """Our own loop around torchvision's network."""

    program, key = "torchvision", "torchvision"
    script = HERE / "torchvision_peer.py"

    def files(self):
        return [self.script, HERE / "labels.py", HERE / "requirements.txt"]

    def network(self, _):
        return "ssdlite320_mobilenet_v3_large"

    def train(self, folder, seed, budget):
        """The loop looks at the clock: its schedule is one of processor seconds."""
        options = ["--seed", seed, "--seconds", budget]
        return seconds(self.line("train", folder, self.data.train, *options))

    def line(self, command, folder, split, *options):
        return [sys.executable, self.script, command, folder / "run", self.data.coco, split.name, *options]

    def images(self, folder):
        return json.loads((folder / "run/images.json").read_text())

    def detect(self, folder, results):
        seconds(self.line("detect", folder, self.data.test, results))


class Ultralytics(Contestant):
    """Its own command, with its defaults.

    Others are the input of 320 pixels, as all have, and that it measures once, at the end, and draws
    no pictures, which cost time and find nothing. The last weights count: no split is there to choose
    by. In its last ten epochs it makes no mosaics; they cost less than the others.
    """

    program, key = "Ultralytics", "ultralytics"
    machine = ["imgsz=320", "device=cpu", "plots=False"]
    options = ["model=yolo11n.yaml", "val=False", *machine]
    cost_options = ["close_mosaic=0"]

    def __init__(self, data):
        super().__init__(data)
        # It asks the network for nothing, installs nothing and keeps its settings here.
        settings = data.yolo.with_name("ultralytics-settings")
        self.environment = {
            "YOLO_OFFLINE": "true",
            "YOLO_AUTOINSTALL": "false",
            "YOLO_CONFIG_DIR": str(settings),
        }

    def files(self):
        return [HERE / "requirements.txt"]

    def network(self, _):
        return "yolo11n"

    def line(self, run, seed, epochs):
        return self.command("train", run, f"epochs={epochs}", f"seed={seed}", *self.options)

    def command(self, mode, folder, *options):
        place = [f"project={folder.parent}", f"name={folder.name}", "exist_ok=True"]
        program = pathlib.Path(sys.executable).with_name("yolo")
        return [program, "detect", mode, f"data={self.data.yaml}", *place, *options]

    def images(self, folder):
        last = (folder / "run/results.csv").read_text().splitlines()[-1]
        return int(last.split(",")[0]) * len(self.data.train.paths)

    def detect(self, folder, results):
        """By its own measurement, from the score of .001 on that it takes there."""
        weights = folder / "run/weights/last.pt"
        options = [f"model={weights}", "split=val", "save_json=True", f"conf={THRESHOLD}"]
        seconds(self.command("val", folder / "val", *self.machine, *options), self.environment)
        test = self.data.test
        identifiers = {path.name: identifier for identifier, path in test.paths.items()}
        if len(identifiers) < len(test.paths):
            raise Failed(f"{test.file}: expected a name of its own for each image")
        categories = [test.categories[name] for name in test.classes()]
        # It writes none where it found nothing.
        path = folder / "val/predictions.json"
        found = json.loads(path.read_text()) if path.exists() else []
        for one in found:
            one["image_id"] = identifiers[one.pop("file_name")]
            # Counted from 1 in the order of the classes.
            one["category_id"] = categories[one["category_id"] - 1]
        write(results, json.dumps(found))


def digest(files):
    code = hashlib.sha256()
    for file in files:
        code.update(file.read_bytes())
    return code.hexdigest()[:16]


def all_of(data):
    """Ours first: its processor seconds are the budget."""
    # The second is from scratch as the peers are, whatever the first chose.
    return [Ours(data), Ours(data, ["--model", "ssd-compact"]), Torchvision(data), Ultralytics(data)]

"""The commands that are tried, on inputs so small that each takes a second or less."""

import dataclasses
import shutil

MADE = "shapes:images=24,side=64"
TRAIN = [
    "train", "--data", MADE, "--image-size", "64", "--epochs", "3", "--batch-size", "4", "--threads", "1",
    "--precision", "float32", "--validate-every", "1", "--tensorboard", "--output", "out/run",
]
RESUME = ["train", "--resume", "--output", "out/run"]


@dataclasses.dataclass(frozen=True)
class Command:
    """A command line in a folder that holds `in`, which it reads, and `out`, which it writes into."""

    name: str
    arguments: list
    # Names of fixtures that come into `in`.
    inputs: tuple = ()
    # A fixture that the output begins as.
    begins_as: str = None
    # Folders of the output that must be new: who goes on after a fault takes them away first.
    new_folders: tuple = ()

    @property
    def trains(self):
        return self.arguments[0] == "train"

    def prepare(self, work, fixtures):
        (work / "in").mkdir(parents=True)
        (work / "out").mkdir()
        for name in self.inputs:
            source = fixtures.path(name)
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, work / "in" / source.name)
        if self.begins_as:
            shutil.copytree(fixtures.path(self.begins_as), work / "out/run")

    def next_arguments(self, work):
        """What a person types after this command has not ended well."""
        if self.trains:
            return RESUME if (work / "out/run/configuration.json").exists() else TRAIN
        for name in self.new_folders:
            shutil.rmtree(work / "out" / name, ignore_errors=True)
        return self.arguments


COMMANDS = [
    Command("train", TRAIN),
    Command("resume", RESUME, begins_as="stopped"),
    Command(
        "evaluate", ["evaluate", "--run", "in/run", "--data", "in/voc", "--split", "train", "--threads", "1", "--json"],
        ("run", "voc"),
    ),
    Command(
        "evaluate-files",
        ["evaluate", "--ground-truth", "in/truth.json", "--detections", "in/results.json", "--threads", "1"],
        ("truth.json", "results.json"),
    ),
    Command("export-onnx", ["export", "--run", "in/run", "--format", "onnx", "--output", "out/model.onnx"], ("run",)),
    Command(
        "export-torchvision",
        ["export", "--run", "in/lite", "--format", "torchvision", "--output", "out/weights.safetensors"],
        ("lite",),
    ),
    Command(
        "import",
        [
            "import", "in/torchvision.safetensors", "--model", "ssdlite320-mobilenet-v3-large",
            "--output", "out/weights.safetensors",
        ],
        ("torchvision.safetensors",),
    ),
    Command(
        "detect",
        [
            "detect", "--run", "in/run", "in/voc/train", "--threshold", "0.01", "--threads", "1", "--no-throughput",
            "--maximum", "2", "--output", "out/pictures", "--coco", "out/found.json", "--csv", "out/found.csv",
            "--crops", "out/crops", "--save-labels", "yolo", "--labels", "out/labels",
        ],
        ("run", "voc"), new_folders=("crops", "labels"),
    ),
    *(
        Command(
            f"convert-{name}", ["dataset", "in/voc", "--convert", name, "--output", "out/data"], ("voc",),
            new_folders=("data",),
        )
        for name in ["coco", "yolo", "tfrecord"]
    ),
    Command(
        "dataset",
        ["dataset", "in/voc", "--export", "out/data", "--browse", "out/page.html", "--duplicates", "--json"],
        ("voc",), new_folders=("data",),
    ),
    Command(
        "default-boxes", ["default-boxes", "in/voc", "--output", "out/boxes.json", "--picture", "out/boxes.png"],
        ("voc",),
    ),
    Command(
        "describe", ["describe", "in/detector.onnx", "--output", "out/description.json"], ("detector.onnx",)
    ),
    Command(
        "explain",
        [
            "explain", "--run", "in/run", "--data", "in/voc", "--split", "train", "--image", "train-1-0",
            "--output", "out/page.html", "--threads", "1",
        ],
        ("run", "voc"),
    ),
    Command(
        "loss",
        [
            "loss", "--predictions", "in/predictions.safetensors", "--targets", "in/targets.json",
            "--default-boxes", "in/boxes.safetensors", "--gradients", "out/gradients.safetensors",
        ],
        ("predictions.safetensors", "targets.json", "boxes.safetensors"),
    ),
]


# Of the short form: a training, each kind of file that is written, a file of another program.
SHORT = ["train", "export-onnx", "import", "detect", "convert-coco", "evaluate-files"]


def command(name):
    return next(command for command in COMMANDS if command.name == name)

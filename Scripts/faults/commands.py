"""The commands that are tried, on inputs so small that each takes a second or less."""

import collections
import dataclasses
import functools
import json
import os
import shutil
import struct
import threading

import files

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


@dataclasses.dataclass
class Reference:
    """What a command gives that nobody disturbs."""

    content: dict
    output: bytes
    seconds: float
    # Counts of the shim's operations.
    calls: dict


class Fixtures:
    """Inputs, each made when it is first asked for, by the commands themselves."""

    def __init__(self, folder, runner):
        self.folder, self.runner = folder, runner
        self.lock = threading.RLock()
        folder.mkdir()

    def path(self, name):
        path = self.folder / name
        with self.lock:
            if not path.exists():
                MAKERS[name](self, path)
        return path

    def make(self, arguments, **options):
        outcome = self.runner.run(self.folder, arguments, **options)
        if outcome.problems():
            raise RuntimeError(f"{' '.join(arguments)}: {outcome.problems()[0]}: {outcome.error}")
        return outcome

    def _run(self, path):
        self.make([*TRAIN[:-1], path.name])
        for name in ["report", "tensorboard"]:
            shutil.rmtree(path / name)
        for name in ["checkpoint.safetensors", "report.html"]:
            (path / name).unlink()

    def _stopped(self, path):
        # Killed where the second epoch's checkpoint comes into its place.
        work = self.folder / "stop"
        command("train").prepare(work, self)
        calls = self.runner.run(work, TRAIN, lists=True).calls
        renames = [name for operation, name in calls if operation == "rename"]
        number = [i for i, name in enumerate(renames) if name.endswith("checkpoint.safetensors")][-1]
        shutil.rmtree(work)
        command("train").prepare(work, self)
        outcome = self.runner.run(work, TRAIN, fault=f"rename:{number + 1}:kill-before")
        if not outcome.is_killed:
            raise RuntimeError(f"a training was not stopped: {outcome.error}")
        for left in (work / "out/run").rglob("*.tmp"):
            left.unlink()
        (work / "out/run").rename(path)
        shutil.rmtree(work)

    def _lite(self, path):
        self.make(
            ["train", "--data", "shapes:images=4,side=64", "--model", "ssdlite320-mobilenet-v3-large", "--epochs", "1",
             "--batch-size", "2", "--threads", "1", "--validate-every", "0", "--output", path.name]
        )
        for name in ["checkpoint.safetensors", "report.html", "detector.onnx"]:
            (path / name).unlink(missing_ok=True)

    def _torchvision(self, path):
        self.path("lite")
        self.make(["export", "--run", "lite", "--format", "torchvision", "--output", path.name])

    def _detector(self, path):
        shutil.copy2(self.path("run") / "detector.onnx", path)

    def _voc(self, path):
        self.make(["dataset", "shapes:images=6,side=64", "--export", path.name])

    def _truth(self, path):
        self.path("voc")
        self.make(["dataset", "voc", "--convert", "coco", "--output", "coco"])
        shutil.copy2(self.folder / "coco/annotations/instances_train.json", path)

    def _results(self, path):
        for name in ["run", "voc", "truth.json"]:
            self.path(name)
        self.make(
            ["detect", "--run", "run", "voc/train", "--threshold", "0.01", "--threads", "1", "--coco", path.name,
             "--coco-ids", "truth.json"]
        )

    def _predictions(self, path):
        count = 2 * 3 * 3
        _write_safetensors(path, {"logits": ([2, 3, 3], [0.25 * i for i in range(count)]),
                                  "offsets": ([2, 3, 4], [0.1] * 24)})

    def _targets(self, path):
        image = {"boxes": [[0.1, 0.1, 0.5, 0.6]], "classes": [1]}
        path.write_text(json.dumps({"images": [image, image]}))

    def _boxes(self, path):
        boxes = [0.3, 0.3, 0.4, 0.5, 0.5, 0.5, 0.2, 0.2, 0.7, 0.7, 0.4, 0.4]
        _write_safetensors(path, {"default_boxes": ([3, 4], boxes)})


MAKERS = {
    "run": Fixtures._run, "stopped": Fixtures._stopped, "lite": Fixtures._lite, "voc": Fixtures._voc,
    "torchvision.safetensors": Fixtures._torchvision, "detector.onnx": Fixtures._detector,
    "truth.json": Fixtures._truth, "results.json": Fixtures._results, "targets.json": Fixtures._targets,
    "predictions.safetensors": Fixtures._predictions, "boxes.safetensors": Fixtures._boxes,
}


def _write_safetensors(path, arrays):
    header, data = {}, b""
    for name, (shape, values) in arrays.items():
        bytes_ = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Bench:
    """All that a point needs: the runner, the inputs and what is right."""

    def __init__(self, folder, runner, is_short=False):
        self.folder, self.runner = folder, runner
        self.commands = [command(name) for name in SHORT] if is_short else COMMANDS
        self.fixtures = Fixtures(folder / "fixtures", runner)
        self.lock = threading.Lock()
        self.number = 0
        # How the commands of random options ended.
        self.statuses = collections.Counter()

    def work(self, name):
        with self.lock:
            self.number += 1
            return self.folder / f"{self.number:05d}-{name}"

    @functools.cached_property
    def _references(self):
        return {}

    def reference(self, command):
        with self.fixtures.lock:
            if command.name not in self._references:
                self._references[command.name] = self._measure(command)
            return self._references[command.name]

    def _measure(self, command):
        work = self.work(command.name)
        command.prepare(work, self.fixtures)
        outcome = self.runner.run(work, command.arguments)
        if outcome.status:
            raise RuntimeError(f"{command.name}, not disturbed: exit {outcome.status}: {outcome.error}")
        content = files.content(work / "out")
        shutil.rmtree(work)
        command.prepare(work, self.fixtures)
        listed = self.runner.run(work, command.arguments, lists=True)
        if lines := files.differences(files.content(work / "out"), content):
            raise RuntimeError(f"{command.name}: twice the same gives {'; '.join(lines)}")
        shutil.rmtree(work)
        calls = {}
        for operation, _ in listed.calls:
            calls[operation] = calls.get(operation, 0) + 1
        return Reference(content, outcome.output, outcome.seconds, calls)

    # --- what every point is asked ------------------------------------------------------------

    @staticmethod
    def is_told(work, outcome):
        """Whether a fault met an input that is named as left out: the result is that of the others."""
        paths = {line.split(" ", 2)[2] for line in outcome.fired}
        names = [os.path.relpath(path, work) for path in paths if path.startswith(f"{work}/in/")]
        text = outcome.error + outcome.output.decode(errors="replace")
        return bool(names) and len(names) == len(paths) and all(name in text for name in names)

    def state_problems(self, command, work, before, began, is_told=False):
        """What is wrong with the files while nobody has gone on yet."""
        found = []
        if files.digests(work / "in") != before:
            found += [f"input {line}" for line in files.differences(files.digests(work / "in"), before)]
        expected = self.reference(command).content
        for path in sorted((work / "out").rglob("*")):
            name = str(path.relative_to(work / "out"))
            if not path.is_file() or ".tmp" in path.name or path.name.startswith(".dat.nosync"):
                continue
            if reason := files.fault_of(path):
                found.append(f"{name}: {reason}")
            elif not command.trains and name in expected and not is_told and path.name not in files.RENEWED:
                digest = files.digest(files.canonical(path))
                if digest not in (expected[name], began.get(name)):
                    found.append(f"{name}: neither old nor complete")
        return found

    def result_problems(self, command, work, outcome):
        """What is wrong with what a command left that ended with 0."""
        reference = self.reference(command)
        lines = files.differences(files.content(work / "out"), reference.content)
        # A training goes on without its page and pictures, and says so.
        warned = [line for line in outcome.error.splitlines() if line.startswith("warning: ")]
        if command.trains and warned:
            lines = [line for line in lines if not line.startswith(("run/report", "run/tensorboard"))]
        if not command.trains and outcome.output != reference.output:
            lines.append("other standard output")
        return [f"exit 0: {line}" for line in lines]

    def way_on_problems(self, command, work):
        """What is wrong with the next run, which nobody disturbs."""
        arguments = command.next_arguments(work)
        outcome = self.runner.run(work, arguments)
        name = " ".join(arguments[:2])
        if found := outcome.problems((0,)):
            return [f"then {name}: {line}: {outcome.error.strip().splitlines()[-1:]}" for line in found]
        lines = files.differences(files.content(work / "out"), self.reference(command).content)
        return [f"then {name}: {line}" for line in lines]

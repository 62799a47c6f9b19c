"""What the commands read, made by the commands themselves."""

import json
import shutil
import struct
import threading

from commands import TRAIN, command


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

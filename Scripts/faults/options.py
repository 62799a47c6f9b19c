"""Random combinations of every command's options, valid and not, as the executable itself lists them."""

import json
import random
import re
import shutil

import files

# What keeps a run short where the draw has not named it: the only options known by name.
BOUNDS = {"epochs": "1", "max-iterations": "1", "batch-size": "1"}
USUALLY = {"image-size": "64", "threads": "1"}
HOSTILE = [
    "", " ", "-", "-1", "-0", "0", "nan", "NaN", "inf", "-inf", "1e999", "1e-999", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "3000000000", "0x10", "1,5", "1e3", "٣", "😀", "a" * 300,
    "\x01\x1b[31m", "%s%n", "--", "=", ",", "a,b,a", "c=", "=c", "/dev/null/x", "missing/x/y", "in", "in/voc", "out",
    "shapes:images=9223372036854775807", "shapes:images=0", "shapes:images=2,side=-4", "shapes:nonsense=1",
    "shapes:images=2,images=3", "80/10/10", "0/0", "1/2/3/4", "nan/nan", "64x64", "0x0",
]
NUMBERS = ["0", "1", "2", "3", "4", "8", "0.25", "0.5", "0.9", "1.5", "10", "32", "64", "96"]
DATA = ["in/voc", "in/voc/train", "in/coco", "in/coco/annotations/instances_train.json", "shapes:images=3,side=64"]
SPLITS = ["train", "val", "test", "80/10/10", "50/50"]
ENDINGS = ["json", "html", "png", "csv", "onnx", "safetensors", "xml"]
INPUTS = [
    "run", "voc", "detector.onnx", "truth.json", "results.json", "predictions.safetensors", "targets.json",
    "boxes.safetensors",
]
# Lines that argument-parser adds to its line of error.
USAGE = re.compile(r"^(Usage: |Help:  |  See |  - |       |$)")


def points(bench, count):
    commands = listed(bench)
    return [(str(number), lambda n=number: check(bench, commands, n)) for number in range(count)]


def listed(bench):
    """The subcommands, as the executable describes them for tools."""
    outcome = bench.runner.run(bench.folder, ["--experimental-dump-help"])
    return json.loads(outcome.output)["command"]["subcommands"]


def words(draw, argument, work):
    """A value that the option may well take."""
    if known := argument.get("allValues"):
        return draw.choice(known)
    kinds = re.split(r"[|,]", argument.get("valueName", ""))
    kind = draw.choice(kinds)
    if kind in ("file", "image", "images", "weights", "model"):
        if draw.random() < 0.4:
            return f"out/new-{draw.randrange(100)}.{draw.choice(ENDINGS)}"
        return str(draw.choice(sorted(p for p in work.glob("in/**/*") if p.is_file())).relative_to(work))
    if kind == "folder":
        return draw.choice(["in/run", "in/voc", "in/voc/train", f"out/new-{draw.randrange(100)}", "out"])
    if kind == "data":
        return draw.choice(DATA)
    if kind in ("split", "shares"):
        return draw.choice(SPLITS)
    if kind == "names":
        return draw.choice(["circle", "circle,cross", "circle=round,cross"])
    if kind in ("name", "preset"):
        # Of the words of its description, among which those of its values are.
        return draw.choice(re.findall(r"[a-z][a-z0-9-]+", argument.get("abstract", "none")))
    return draw.choice(NUMBERS)


def arguments_of(draw, command, work):
    """A command line, and the values in it."""
    line, values, drawn = [], [], set()
    known = [a for a in command["arguments"] if a.get("preferredName", {}).get("name") not in ("help", "version")]
    needed = [a for a in known if not a["isOptional"] and draw.random() < 0.9]
    rest = [a for a in known if a["isOptional"]]
    for argument in needed + draw.sample(rest, min(draw.choice([0, 1, 1, 2, 3, 5, 8]), len(rest))):
        value = draw.choice(HOSTILE) if draw.random() < 0.15 else words(draw, argument, work)
        if argument["kind"] == "positional":
            line.append(value)
            values.append(value)
            continue
        name = argument["preferredName"]["name"]
        drawn.add(name)
        line.append(f"--{name}")
        if argument["kind"] == "option":
            if draw.random() < 0.02:
                continue
            line.append(value)
            values.append(value)
    names = {a["preferredName"]["name"] for a in known if "preferredName" in a}
    for name, value in BOUNDS.items():
        if name in names - drawn and "epochs" in names | drawn:
            line += [f"--{name}", value]
    for name, value in USUALLY.items():
        if name in names - drawn and draw.random() < 0.7:
            line += [f"--{name}", value]
    if draw.random() < 0.03:
        line.insert(draw.randrange(len(line) + 1), draw.choice(["--no-such-option", "--help", "--version", "-x", "--"]))
    return [command["commandName"], *line], values


def check(bench, commands, number):
    draw = random.Random(number)
    work = bench.work("options")
    (work / "in").mkdir(parents=True)
    (work / "out").mkdir()
    bench.fixtures.path("truth.json")
    for name in INPUTS:
        source = bench.fixtures.path(name)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, work / "in" / name)
    shutil.copytree(bench.fixtures.folder / "coco", work / "in/coco")
    before = files.digests(work / "in")
    line, values = arguments_of(draw, draw.choice(commands), work)
    outcome = bench.runner.run(work, line)
    bench.statuses[outcome.status] += 1
    found = outcome.problems()
    if outcome.status == 64:
        found += usage_problems(outcome.error)
    found += written_problems(work, before, outcome, values)
    shutil.rmtree(work)
    return [*found, "multibox " + " ".join(map(repr, line))] if found else []


def usage_problems(error):
    lines = error.splitlines()
    if lines and lines[0].startswith("Error: ") and all(USAGE.match(line) for line in lines[1:]):
        return []
    return [f"exit 64 with other lines than an error and the usage: {error[:300]!r}"]


def written_problems(work, before, outcome, values):
    """An input that was read must not be written; nor anything where the command did not succeed."""
    changed = [line.split(":")[0] for line in files.differences(files.digests(work / "in"), before)]
    found = []
    for name in changed:
        path = f"in/{name}"
        naming = [value for value in values if path == value or path.startswith(value.rstrip("/") + "/")]
        if name in before and (outcome.status != 0 or len(naming) != 1):
            found.append(f"input {name} was changed (exit {outcome.status})")
    for path in (work / "out").rglob("*"):
        if path.is_file() and ".tmp" in path.name:
            found.append(f"{path.name}: left behind")
    return found

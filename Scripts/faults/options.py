"""Random combinations of every command's options, valid and not, as the executable itself lists them."""

import json
import random
import re
import shutil

import files
from commands import COMMANDS

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
# Beside those that the command needs.
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
    commands = json.loads(outcome.output)["command"]["subcommands"]
    # A server, where one was built, goes on until a signal.
    return [command for command in commands if command["commandName"] != "serve"]


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
    if kind == "time":
        return draw.choice(["1s", "2s"])
    if kind in ("name", "preset"):
        # Its description lists the values, or has them among its words.
        text = argument.get("abstract", "none")
        lists = re.findall(r"[a-z0-9-]+(?:, (?:or )?[a-z0-9-]+)+", text)
        found = re.split(r", (?:or )?", draw.choice(lists)) if lists else re.findall(r"[a-z][a-z0-9-]+", text)
        return draw.choice(found)
    return draw.choice(NUMBERS)


def drawn(draw, argument, work):
    """The words of an argument, with a value that is good four times of five."""
    if argument["kind"] == "flag":
        return []
    return [words(draw, argument, work) if draw.random() < 0.8 else draw.choice(HOSTILE)]


def base_of(draw, command):
    """A command line that is good, as (name, value) pairs; a value stands alone with the name None."""
    known = [c.arguments for c in COMMANDS if c.arguments[0] == command["commandName"] and c.name != "resume"]
    flags = {a["preferredName"]["name"] for a in command["arguments"] if a["kind"] == "flag"}
    line, pairs = draw.choice(known)[1:], []
    while line:
        word = line.pop(0)
        if not word.startswith("--"):
            pairs.append((None, [word]))
        else:
            pairs.append((word[2:], [] if word[2:] in flags else [line.pop(0)]))
    return pairs


def arguments_of(draw, command, work):
    """A command line, as (name, values) pairs: a good one with changes, or a random one."""
    known = [a for a in command["arguments"] if a.get("preferredName", {}).get("name") not in ("help", "version")]
    names = {a.get("preferredName", {}).get("name") for a in known}
    count = draw.choice([0, 1, 1, 1, 2, 3, 5])
    if draw.random() < 0.7 and any(c.arguments[0] == command["commandName"] for c in COMMANDS):
        pairs = base_of(draw, command)
        rest = known
    else:
        needed = [a for a in known if not a["isOptional"] and draw.random() < 0.9]
        pairs = [(a.get("preferredName", {}).get("name"), drawn(draw, a, work)) for a in needed]
        rest = [a for a in known if a["isOptional"]]
        for name, value in {**BOUNDS, **USUALLY}.items():
            if name in names and "epochs" in names and (name in BOUNDS or draw.random() < 0.7):
                pairs.append((name, [value]))
    for argument in draw.sample(rest, min(count, len(rest))):
        name = argument.get("preferredName", {}).get("name")
        if not argument["isRepeating"]:
            pairs = [pair for pair in pairs if pair[0] != name]
        pairs.append((name, drawn(draw, argument, work)))
    if draw.random() < 0.05 and pairs:
        # Forgotten.
        pairs.pop(draw.randrange(len(pairs)))
    return pairs


def line_of(draw, command, pairs):
    line = []
    for name, values in pairs:
        line += ([f"--{name}"] if name else []) + values
    if draw.random() < 0.03:
        line.insert(draw.randrange(len(line) + 1), draw.choice(["--no-such-option", "--help", "--version", "-x", "--"]))
    return [command["commandName"], *line]


def check(bench, commands, number):
    draw = random.Random(number)
    work = bench.work("options")
    (work / "in").mkdir(parents=True)
    (work / "out").mkdir()
    bench.fixtures.path("truth.json")
    command = draw.choice(commands)
    needed = {name for c in COMMANDS if c.arguments[0] == command["commandName"] for name in c.inputs}
    for name in sorted(needed | set(INPUTS)):
        source = bench.fixtures.path(name)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, work / "in" / name)
    shutil.copytree(bench.fixtures.folder / "coco", work / "in/coco")
    before = files.digests(work / "in")
    pairs = arguments_of(draw, command, work)
    line, values = line_of(draw, command, pairs), [value for _, values in pairs for value in values]
    outcome = bench.runner.run(work, line)
    bench.statuses[outcome.status] += 1
    found = outcome.problems()
    if outcome.status == 64:
        found += usage_problems(outcome.error)
    found += written_problems(work, before, outcome, values)
    shutil.rmtree(work)
    return [*found, "multibox " + " ".join(map(repr, line))] if found else []


def usage_problems(error):
    # Behind what was said on the way to it.
    lines = re.split(r"^(?=Error: )", error, maxsplit=1, flags=re.MULTILINE)[-1].splitlines()
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

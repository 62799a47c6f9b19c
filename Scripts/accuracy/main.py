"""Trains ours and its peers with equal processor seconds, and measures all with `multibox evaluate`.

Ours is trained first, as it is; its processor seconds are the budget of the others, seed by seed. What
is done is kept in .build/accuracy, so that an interrupted campaign goes on where it was; a result
counts as long as the data, the program that made it and the budget, to a tenth, are the same.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "bench"))

import contestants
import results
from labels import Data
from processes import ROOT, Failed, answer, progress, write

SHORT_DATA = "shapes:images=48,side=160,held-out=12"
SHORT_SECONDS = 60
TOLERANCE = 0.1


def row(contestant, seed, budget, work):
    """What a contestant finds with a seed; what was kept, if it still counts."""
    folder = work / f"{contestant.key}-{seed}"
    path = folder / "row.json"
    made_from = contestant.made_from()
    name = f"{contestant.key}, seed {seed}"
    if path.exists():
        kept = json.loads(path.read_text())
        if kept["made_from"] == made_from and counts(kept, budget):
            progress(f"{name}: AP {kept['AP']:.3f}, kept from before")
            return kept
    shutil.rmtree(folder, ignore_errors=True)
    progress(f"{name}: training for {f'{budget:.0f} processor seconds' if budget else 'its epochs'}")
    used = contestant.train(folder, seed, budget)
    detections = folder / "detections.json"
    contestant.detect(folder, detections)
    measures = evaluate(contestant.data, detections)
    found = {
        "made_from": made_from,
        "program": contestant.program,
        "network": contestant.network(folder),
        "start": contestant.start(folder),
        "seed": seed,
        "AP": measures["AP"],
        "AP50": measures["AP50"],
        "seconds": used,
        "budget": budget,
        "images": contestant.images(folder),
    }
    write(path, json.dumps(found))
    progress(f"{name}: AP {found['AP']:.3f}, AP50 {found['AP50']:.3f}, {used:.0f} processor seconds")
    if budget and abs(used / budget - 1) > TOLERANCE:
        progress(f"{name}: {used / budget - 1:+.0%} of the budget; expected at most a tenth")
    return found


def counts(kept, budget):
    """Whether a result is one of this budget; None is a training of the default length."""
    if budget is None or kept["budget"] is None:
        return budget is kept["budget"]
    return abs(kept["budget"] / budget - 1) <= TOLERANCE


def evaluate(data, detections):
    files = ["--ground-truth", data.test.file, "--detections", detections]
    measures = json.loads(answer([data.binary, "evaluate", *files, "--json"]))
    left_out = measures["leftOut"]
    if left_out["detections"] or left_out["images"]:
        # The sides do not mean the same images or classes.
        raise Failed(f"{detections}: expected the truth's images and classes, left out: {left_out}")
    return measures


def main(options):
    source = options.data or (SHORT_DATA if options.short else str(ROOT.parent / "shared/data/cards"))
    if not source.startswith("shapes:") and not pathlib.Path(source).exists():
        sys.exit(f"accuracy: {source}: no such folder; --data names labelled images")
    fixed = options.seconds or (SHORT_SECONDS if options.short else None)
    code = hashlib.sha256(f"{source} {fixed}".encode()).hexdigest()[:8]
    work = ROOT / ".build/accuracy" / f"{pathlib.Path(source.split(':')[0]).name}-{code}"
    data = Data(options.binary.resolve(), source, work)
    entered = contestants.all_of(data)
    rows = [[] for _ in entered]
    output = options.output or work / "table.md"
    said = (
        f"Each had {fixed:,.0f} processor seconds."
        if fixed
        else "The budget of each is what `multibox train` takes with its defaults."
    )
    for seed in options.seeds:
        budget = fixed
        for place, contestant in enumerate(entered):
            rows[place].append(row(contestant, seed, budget, work))
            budget = budget or rows[0][-1]["seconds"]
            # After each, so that what is done can be read.
            write(output, results.text(rows, data, said))
    print(output.read_text())
    progress(f"accuracy: wrote {output}")


def positive(text):
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text}")
    return value


parser = argparse.ArgumentParser(
    prog="Scripts/accuracy/run",
    description=__doc__,
    formatter_class=argparse.RawDescriptionHelpFormatter,
)
parser.add_argument(
    "--data", help="labelled images, in any layout that multibox reads; else ../shared/data/cards"
)
parser.add_argument(
    "--seeds",
    default=[1],
    type=lambda text: [int(part) for part in text.split(",")],
    help="seeds, with commas between them; else 1",
)
parser.add_argument(
    "--seconds", type=positive, help="processor seconds for each; else what ours takes by default"
)
parser.add_argument(
    "--short",
    action="store_true",
    help=f"shows that it works: {SHORT_SECONDS} processor seconds each, of made images",
)
parser.add_argument("--output", type=pathlib.Path, help="file of the table; else in .build/accuracy")
parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/multibox")
options = parser.parse_args()
try:
    main(options)
except Failed as failure:
    sys.exit(f"accuracy: {failure}")
except KeyboardInterrupt:
    sys.exit("accuracy: interrupted; the same command goes on")

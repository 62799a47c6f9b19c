"""Meets `multibox serve` with clients that exist, under load and in a browser, beside FastAPI; prints one line of JSON.

    Scripts/server/run --programs .build/release [--model detector.onnx] [--images FOLDER] [--only clients,load]
    Scripts/server/run --programs .build/release --only memory --side 64 --requests 100000

Writes its pictures and tables into --output. `make check-server` builds before."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import clients
import load
import page
import programs

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Scripts/bench"))
import photo
import processor

PARTS = ["clients", "schema", "page", "load", "memory"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder of multibox and multibox-serve")
    parser.add_argument("--model", type=pathlib.Path, help="ONNX file of MultiBox; default: one that is trained for it")
    parser.add_argument("--images", type=pathlib.Path, help="folder of JPEGs; default: made ones of 640 × 480")
    parser.add_argument("--side", type=int, help="makes detector and JPEGs small, for many requests: of so many pixels")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / ".build/check-server")
    parser.add_argument("--only", default=",".join(PARTS), help="of " + ",".join(PARTS))
    parser.add_argument("--schema-seconds", type=int, default=30)
    parser.add_argument("--load-seconds", type=int, default=10, help="of each number of connections")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=10_000, help="over which memory is watched")
    parser.add_argument("--threads", type=int, default=processor.cores())
    options = parser.parse_args()
    if options.side and (options.model or options.images):
        parser.error("--side goes with neither --model nor --images: it makes both")
    return options


def trained(multibox, folder, side):
    """A detector of shapes, trained for a moment: which boxes it finds is not the question."""
    large = ["--data", "shapes:images=64,side=320", "--model", "ssdlite320-mobilenet-v3-large", "--epochs", "2"]
    small = ["--data", f"shapes:images=16,side={side}", "--model", "ssd-compact", "--image-size", str(side), "--epochs", "1"]
    subprocess.run(
        [multibox, "train", *(small if side else large), "--output", folder / "run"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    return folder / "run/detector.onnx"


def photographs(options, folder, count=200):
    if options.images:
        found = sorted(path for path in options.images.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
        return random.Random(1).sample(found, min(count, len(found)))
    size = {"width": options.side, "height": options.side} if options.side else {}
    return [photo.write(folder / f"photo-{number}.jpg", seed=number, **size) for number in range(count)]


def check_clients(options, model, images, folder):
    """A PNG, because decoders of JPEG differ by a grey level here and there."""
    from PIL import Image

    png = folder / "photo.png"
    Image.open(images[0]).convert("RGB").save(png)
    multibox = options.programs / "multibox"
    line = subprocess.run(
        [multibox, "detect", "--model", model, "--json", png], check=True, stdout=subprocess.PIPE).stdout
    detections = json.loads(line)["detections"]
    # Two by name: that each gets what is its own.
    with programs.ours(options.programs / "multibox-serve", "--model", f"first={model}", "--model", f"b={model}") as server:
        found = clients.inference(server, "b", model, png.read_bytes(), detections)
        found["metrics"] = clients.metrics(server, "b", found["inferences"])
        found["detections"] = len(detections)
        return found


def main():
    options = arguments()
    options.output.mkdir(parents=True, exist_ok=True)
    parts = options.only.split(",")
    if unknown := set(parts) - set(PARTS):
        sys.exit(f"server: --only: expected some of {', '.join(PARTS)}, found {', '.join(unknown)}")
    found = {"processor": processor.model(), "features": processor.flags(), "threads": options.threads}
    serve, multibox = options.programs / "multibox-serve", options.programs / "multibox"
    with tempfile.TemporaryDirectory() as text:
        folder = pathlib.Path(text)
        model = options.model or trained(multibox, folder, options.side)
        images = photographs(options, folder)
        if "clients" in parts:
            found["clients"] = check_clients(options, model, images, folder)
            tell("clients", found["clients"])
        if "schema" in parts:
            with programs.ours(serve, "--model", f"m={model}") as server:
                found["schema"] = clients.schema(server, options.schema_seconds, options.output)
            tell("schema", found["schema"])
        if "page" in parts:
            # From a score of .01, so that a detector of a moment's training shows boxes too.
            with programs.ours(serve, "--model", f"m={model}") as server:
                found["page"] = page.look(server.url, images[0], options.output)
            tell("page", found["page"])
        limits = ["--queue", "512", "--connections", "512", "--deadline", "600", "--threads", options.threads]
        if "load" in parts:
            with programs.ours(serve, "--model", model, *limits) as server, programs.peer(model, options.threads) as peer:
                rows = load.measure(
                    server, peer, multibox, model, images, options.threads, options.load_seconds, options.rounds, folder)
            (options.output / "load.md").write_text(load.table(rows) + "\n")
            load.picture(rows, options.output / "load.png")
            print(load.table(rows), file=sys.stderr)
            found["load"] = [{"server": name, "connections": count, **row} for (name, count), row in rows.items()]
        if "memory" in parts:
            # With the usual deadline: a wait that was ended early is kept by the system until its time has come.
            with programs.ours(serve, "--model", model, "--threads", options.threads) as server:
                found["memory"] = load.memory(server, images, options.requests, options.output)
            tell("memory", found["memory"])
    print(json.dumps(found))


def tell(part, found):
    print(f"server: {part}: {json.dumps(found)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

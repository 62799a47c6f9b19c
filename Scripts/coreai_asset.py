"""Writes Core AI assets, and computes them with Apple's interpreter.

    coreai_asset.py convert ONNX ASSET TEXTS
    coreai_asset.py run ASSET OUTPUT…

`convert` makes an asset (.aimodel) of an ONNX file that takes one image; TEXTS is JSON with author, description and
metadata, texts by key. `run` reads images from standard input, float32 as the input is shaped, until that ends, and
answers each on standard output: a line of JSON, the shapes of the outputs in the order that was asked for, and then
their values, float32.
Both end with one line on standard error and status 1 where something is wrong.

`Scripts/coreai` copies this file into the environment that `multibox export --format coreai` runs it in.
"""
import asyncio
import json
import os
import pathlib
import sys

# Apple's runtime writes what it loads on standard output or error, as it likes: the answers have a descriptor of
# their own.
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)


def convert(source, target, path):
    import coreai_onnx

    texts = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    asset = coreai_onnx.convert(source).save_asset(pathlib.Path(target))

    def update(written):
        written.author = texts["author"]
        written.model_description = texts["description"]
        for key, value in texts["metadata"].items():
            written.set_custom(key, value)

    asset.update_metadata(update)


async def run(path, names):
    import numpy as np
    from coreai.authoring import AIModelAsset
    from coreai.runtime import NDArray

    asset = AIModelAsset.load(pathlib.Path(path))
    async with asset.executable() as model:
        function = model.load_function("main")
        (name,) = function.desc.input_names
        shape = function.desc.input_descriptor(name).shape
        size = 4 * int(np.prod(shape))
        while data := sys.stdin.buffer.read(size):
            if len(data) != size:
                raise ValueError(f"{name}: expected {size} bytes, {shape}, found {len(data)}")
            found = await function({name: NDArray(np.frombuffer(data, np.float32).reshape(shape))})
            outputs = [np.ascontiguousarray(found[output].numpy(), np.float32) for output in names]
            answers.write(json.dumps([output.shape for output in outputs]).encode() + b"\n")
            for output in outputs:
                answers.write(output.tobytes())
            answers.flush()


def main(command, *arguments):
    if command == "convert":
        convert(*arguments)
    else:
        asyncio.run(run(arguments[0], arguments[1:]))


try:
    main(*sys.argv[1:])
except Exception as error:
    # Some say in many lines what is wrong; which kind of error it is stands in none.
    text = " ".join(str(error).split())
    print(f"{type(error).__name__}: {text}", file=sys.stderr)
    sys.exit(1)

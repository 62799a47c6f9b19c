"""Makes small PyTorch checkpoints in both forms, and the values that a reader must find in them.

    python3 -m pip install torch==2.15.0
    python3 Scripts/goldens/checkpoints.py Tests/ModelFilesTests/Fixtures
"""

import collections
import json
import pickle
import sys

import torch

SEED = 20261125
folder = sys.argv[1]
torch.manual_seed(SEED)

base = torch.randn(4, 6)
tensors = collections.OrderedDict([
    ("plain", torch.randn(2, 3)),
    ("base", base),
    ("transposed", base.t()),
    ("part", base[1:3, ::2]),
    ("scalar", torch.tensor(2.5)),
    ("empty", torch.zeros(0, 3)),
    ("double", torch.randn(3, dtype=torch.float64)),
    ("half", torch.randn(3).half()),
    ("bfloat16", torch.randn(3).bfloat16()),
    ("integers", torch.tensor([-1, 2, 1 << 40])),
    ("bytes", torch.tensor([0, 255], dtype=torch.uint8)),
    ("channelsLast", torch.randn(1, 2, 2, 2).contiguous(memory_format=torch.channels_last)),
])
module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))
expected = {name: {"shape": list(t.shape), "values": t.double().flatten().tolist()} for name, t in tensors.items()}
modules = {name: {"shape": list(t.shape), "values": t.double().flatten().tolist()} for name, t in module.state_dict().items()}

for form, options in {"zip": {}, "older": {"_use_new_zipfile_serialization": False}}.items():
    torch.save(tensors, f"{folder}/tensors-{form}.pth", **options)
    torch.save({"epoch": 3, "state_dict": module.state_dict(), "note": "x", "best": None}, f"{folder}/checkpoint-{form}.pth", **options)
    torch.save({"weight": torch.nn.Parameter(torch.tensor([1.5, -2.0]))}, f"{folder}/parameter-{form}.pth", **options)
torch.save(torch.nn.Linear(1, 1), f"{folder}/module-zip.pth")


class Bad:
    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/multibox-was-here",)


with open(f"{folder}/malicious.pth", "wb") as file:
    pickle.dump(0x1950a86a20f9469cfc6c, file, protocol=2)
    pickle.dump(1001, file, protocol=2)
    pickle.dump({}, file, protocol=2)
    pickle.dump({"x": Bad()}, file, protocol=2)

with open(f"{folder}/expected.json", "w") as file:
    json.dump({"torch": torch.__version__.split("+")[0], "seed": SEED, "tensors": expected, "modules": modules}, file, indent=1)
    file.write("\n")

"""Unpacks headers and libraries of the LibTorch wheels: unpack_libtorch.py WHEELS TARGET gpu=yes|no."""

import os
import sys

from wheel_archive import unpack

wheels, target, gpu = sys.argv[1:]

# What libtorch_cpu.so needs to load. The rest of torch/lib is Python's and CUDA's side.
CPU_LIBRARIES = {
    "libtorch.so",
    "libtorch_cpu.so",
    "libc10.so",
    "libgomp.so.1",
    "libgfortran.so.5",
    "libtorch_global_deps.so",
    "libcupti.so.13",
    "libcudart.so.13",
}


def wanted(name):
    """Returns the path of an archive member below TARGET, or None to leave it out."""
    if name.endswith("/"):
        return None
    if name.startswith("torch/include/"):
        return name[len("torch/"):]
    base = os.path.basename(name)
    is_library = name.startswith(("torch/lib/", "nvidia/")) and ".so" in base
    if is_library and (base in CPU_LIBRARIES or (gpu == "yes" and base != "libtorch_python.so")):
        return "lib/" + base
    if name.endswith(("LICENSE", "NOTICE", "License.txt")) and ".dist-info/" in name:
        return "licenses/" + name.split("-")[0] + "-" + base
    return None


unpack(wheels, target, wanted)

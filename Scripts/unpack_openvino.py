"""Unpacks headers and libraries of OpenVINO's wheel: unpack_openvino.py WHEELS TARGET."""

import glob
import os
import sys

from wheel_archive import unpack

wheels, target = sys.argv[1:]

# What runs ONNX and TFLite models on the processor. The rest of openvino/libs is for other devices and formats.
LIBRARIES = (
    "libopenvino.so", "libopenvino_c.so", "libopenvino_intel_cpu_plugin.so", "libopenvino_onnx_frontend.so",
    "libopenvino_tensorflow_lite_frontend.so", "libopenvino_ir_frontend.so", "libtbb",
)


def wanted(name):
    """Returns the path of an archive member below TARGET, or None to leave it out."""
    base = os.path.basename(name)
    if name.startswith("openvino/include/openvino/c/") and base:
        return name[len("openvino/"):]
    if name.startswith("openvino/libs/") and base.startswith(LIBRARIES):
        return "lib/" + base
    if "/licenses/" in name and base or base in ("LICENSE", "third-party-programs.txt"):
        return "licenses/" + base
    return None


unpack(wheels, target, wanted)

# The library has only its versioned name; a linker looks for the plain one.
for library in glob.glob(os.path.join(target, "lib", "libopenvino_c.so.*")):
    link = os.path.join(target, "lib", "libopenvino_c.so")
    if not os.path.lexists(link):
        os.symlink(os.path.basename(library), link)

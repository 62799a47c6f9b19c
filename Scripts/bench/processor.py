"""The processor that is measured on, as Linux describes it. Its kind decides on the ratios."""

import platform

# Those that the code of ours and of the peers' asks for.
FLAGS = ["avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8"]


def description():
    """The lines of the first core, by their names."""
    lines = {}
    for line in open("/proc/cpuinfo"):
        key, _, value = line.partition(":")
        lines.setdefault(key.strip(), value.strip())
    return lines


def model():
    return description().get("model name", platform.machine())


def cores():
    return open("/proc/cpuinfo").read().count("processor\t:")


def flags():
    found = description().get("flags", "").split()
    return [flag for flag in FLAGS if flag in found]


def has_bfloat16():
    """Whether it multiplies bfloat16; where it does not, a library emulates that, slowly."""
    return any(flag in flags() for flag in ["avx512_bf16", "amx_bf16"])


def kind():
    """The heading of the table that the figures stand in."""
    found = flags()
    if "avx512f" in found:
        return "AVX-512 and bfloat16" if "avx512_bf16" in found else "AVX-512"
    return "AVX2 alone" if "avx2" in found else platform.machine()

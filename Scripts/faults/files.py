"""What is in a folder: digests, and whether each file is whole."""

import hashlib
import json
import re
import struct

# Measured times, which no two runs have in common.
SPEED = re.compile(rb"(images/s</\w+>\s*<\w+[^>]*>)[^<]*")
EVENTS = "events.out.tfevents."
# Files that grow by a record at a time: the last one may be torn, and --resume takes it out.
GROWING = ("metrics.jsonl",)
# Files that are written again, whole, with each split of a dataset: what they name is there.
RENEWED = ("data.yaml",)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def digests(folder):
    """The digest of each file below a folder by its path there."""
    return {
        str(path.relative_to(folder)): digest(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def canonical(path):
    """The bytes of a file without what differs between two equal runs."""
    data = path.read_bytes()
    if path.name == "metrics.jsonl":
        lines = [json.loads(line) for line in data.splitlines()]
        for line in lines:
            for value in [line, *line.values()]:
                if isinstance(value, dict):
                    value.pop("imagesPerSecond", None)
                    value.pop("lossShare", None)
        return json.dumps(lines, sort_keys=True).encode()
    if path.parent.name == "report" and path.suffix == ".json":
        return json.dumps(json.loads(data), sort_keys=True).encode()
    if path.name == "report.html":
        return SPEED.sub(rb"\1", data)
    if path.name.startswith(EVENTS):
        # Of times and of where it was stopped.
        return b""
    return data


def content(folder):
    """Digests of the canonical bytes of each file below a folder; event files count by their folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            if path.name.startswith(EVENTS):
                name = str(path.parent.relative_to(folder)) + "/" + EVENTS
            try:
                found[name] = digest(canonical(path))
            except (ValueError, AttributeError):
                found[name] = "not readable"
    return found


def differences(found, expected):
    """Lines about what one folder's content has and another has not."""
    lines = [f"{name}: missing" for name in sorted(expected.keys() - found.keys())]
    lines += [f"{name}: left behind" for name in sorted(found.keys() - expected.keys())]
    return lines + [
        f"{name}: other bytes" for name in sorted(found.keys() & expected.keys()) if found[name] != expected[name]
    ]


def fault_of(path):
    """Why a file is not whole; None for one that is, or that nothing is known about."""
    data = path.read_bytes()
    if path.name.startswith(EVENTS):
        return _fault_of_records(data)
    if path.name in GROWING:
        # All but the last line.
        lines = data.split(b"\n")[:-1]
        return None if all(_is_json(line) for line in lines) else "a damaged line"
    check = WHOLE.get(path.suffix)
    return None if check is None or check(data) else f"not whole ({len(data)} bytes)"


def _is_json(data):
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def _is_safetensors(data):
    if len(data) < 8:
        return False
    length = struct.unpack("<Q", data[:8])[0]
    if not _is_json(data[8 : 8 + length]):
        return False
    arrays = json.loads(data[8 : 8 + length])
    ends = [value["data_offsets"][1] for name, value in arrays.items() if name != "__metadata__"]
    return len(data) == 8 + length + max(ends, default=0)


def _fault_of_records(data):
    position = 0
    while position + 12 <= len(data):
        length = struct.unpack("<Q", data[position : position + 8])[0]
        if length > 1 << 30:
            return f"no record at byte {position}"
        position += length + 16
    return None


WHOLE = {
    ".safetensors": _is_safetensors,
    ".json": _is_json,
    ".html": lambda data: data.rstrip().endswith(b"</html>"),
    ".jpg": lambda data: data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9"),
    ".png": lambda data: data.startswith(b"\x89PNG") and data.endswith(b"IEND\xae\x42\x60\x82"),
    ".xml": lambda data: data.rstrip().endswith(b">"),
    ".txt": lambda data: not data or data.endswith(b"\n"),
    ".csv": lambda data: data.endswith(b"\n"),
}

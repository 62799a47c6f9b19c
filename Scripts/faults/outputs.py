"""Outputs that are named where something is already: a folder, a link, a pipe, a device, an input."""

import os
import re
import shutil
import stat
import threading

import files

CASES = ["folder", "link", "pipe", "device", "below-a-file", "new-folder"]


def is_file_output(word):
    return word.startswith("out/") and "." in word


def points(bench):
    found = []
    for command in bench.commands:
        for word in command.arguments:
            if not is_file_output(word):
                continue
            name = f"{command.name}/{word[4:]}"
            found += [(f"{name}/{case}", lambda c=command, w=word, k=case: check(bench, c, w, k)) for case in CASES]
            found += [
                (f"{name}/{path}", lambda c=command, w=word, p=path: over_an_input(bench, c, w, p))
                for path in input_files(bench, command)
                # That file is what the command is for: it writes a run's again.
                if (command.name, path) != ("export-onnx", "in/run/detector.onnx")
            ]
    return found


def input_files(bench, command):
    """Files that the command reads, as they are called in its folder; of those that differ in numbers alone the first."""
    found = []
    for name in command.inputs:
        source = bench.fixtures.path(name)
        if source.is_file():
            found.append(f"in/{name}")
        else:
            inside = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
            kinds = {re.sub(r"[0-9]+", "0", str(path)): path for path in reversed(inside)}
            found += [f"in/{name}/{path}" for path in sorted(kinds.values())]
    return found


def replaced(command, word, by):
    return [by if argument == word else argument for argument in command.arguments]


def over_an_input(bench, command, word, path):
    """Refused; the record of a run's data is not read by every command, but it is the run's."""
    work = bench.work(command.name)
    command.prepare(work, bench.fixtures)
    before = files.digests(work / "in")
    outcome = bench.runner.run(work, replaced(command, word, path))
    found = outcome.problems((1, 64))
    found += [f"input {line}" for line in files.differences(files.digests(work / "in"), before)]
    shutil.rmtree(work)
    return found


def check(bench, command, word, case):
    work = bench.work(command.name)
    command.prepare(work, bench.fixtures)
    path, received = work / word, []
    expected = bench.reference(command).content[word[4:]]
    arguments = command.arguments
    if case == "folder":
        path.mkdir()
    elif case == "link":
        # Only what the command made itself is written over.
        bench.runner.run(work, arguments)
        path.rename(work / "out/real")
        path.symlink_to("real")
        arguments = command.next_arguments(work)
        real = os.stat(work / "out/real")
    elif case == "pipe":
        os.mkfifo(path)
        # Opened for both, so that nobody waits for the other end.
        end = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        ended = threading.Event()
        reader = threading.Thread(target=drain, args=(end, received, ended), daemon=True)
        reader.start()
    elif case == "device":
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        except PermissionError:
            # Only the superuser makes one, and only for him it would be lost.
            shutil.rmtree(work)
            return []
    elif case == "below-a-file":
        path.write_bytes(b"old")
        arguments = replaced(command, word, f"{word}/x{path.suffix}")
    else:
        arguments = replaced(command, word, f"out/new/folder/{path.name}")
    kind = stat.S_IFMT(os.lstat(path).st_mode) if os.path.lexists(path) else None
    outcome = bench.runner.run(work, arguments)
    found = outcome.problems()
    if case != "link" and kind and stat.S_IFMT(os.lstat(path).st_mode) != kind:
        found.append(f"a {case} was replaced")
    if case == "pipe":
        ended.set()
        reader.join()
        os.close(end)
        if outcome.status == 0 and files.digest(b"".join(received)) != expected:
            found.append("exit 0: the pipe has not got the file")
    if case == "folder" and list(path.iterdir()):
        found.append("the folder has something now")
    if case == "link":
        # No link leads a writer out of its folder: the link is replaced.
        now = os.stat(work / "out/real")
        if (now.st_ino, now.st_mtime_ns) != (real.st_ino, real.st_mtime_ns):
            found.append("written where the link leads")
        if path.is_symlink():
            found.append(f"exit {outcome.status}: its own file was not written over")
        if outcome.status == 0 and files.digest(files.canonical(path)) != expected:
            found.append("exit 0: other bytes")
    if case == "below-a-file" and (outcome.status == 0 or path.read_bytes() != b"old"):
        found.append(f"exit {outcome.status}: a file is no folder")
    found += [f"{left.name}: left behind" for left in (work / "out").rglob("*.tmp")]
    shutil.rmtree(work)
    return found


def drain(end, received, ended):
    """Reads what comes until it is said that no more will."""
    while True:
        is_last = ended.is_set()
        try:
            received.append(os.read(end, 1 << 20))
        except BlockingIOError:
            if is_last:
                return
            ended.wait(0.01)

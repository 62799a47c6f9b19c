"""Runs the programs, counts their processor seconds and shows how far they are."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Ours reads its data in each run that is measured, whatever was read before.
os.environ.setdefault("MULTIBOX_CACHE", "off")


class Failed(Exception):
    """A program did not do its part."""


def progress(text):
    print(text, file=sys.stderr, flush=True)


def seconds(line, environment={}):
    """Runs a program to its end and returns its processor seconds, with those of its children.

    What it prints shows how far it is, and goes to standard error.
    """
    words = [str(word) for word in line]
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=sys.stderr, env={**os.environ, **environment}
    )
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        # Interrupted: it does not go on alone.
        process.terminate()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{' '.join(words)} ended with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def answer(line):
    """What a program prints."""
    words = [str(word) for word in line]
    ended = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        raise Failed(f"{' '.join(words)} ended with status {ended.returncode}")
    return ended.stdout


def write(path, text):
    """The old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)

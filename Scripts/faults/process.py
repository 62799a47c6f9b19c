"""A command under a fault: how it is run, and how it ended."""

import dataclasses
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
# No command of the campaign needs more: an endless one is found, a slow machine is not.
TIME_LIMIT = 60
# Of addresses, most of which nobody touches: it keeps a command that takes all memory from the machine's.
ADDRESS_LIMIT = 24 << 30
# What the system, the runtime of Swift or of C++ says of a program that fell over.
CRASH = re.compile(r"Fatal error|terminate called|Assertion|Segmentation|Illegal instruction|\*\*\* |LIKELY")
ERROR_LINE = re.compile(r"^(multibox|Error): ")


def build_shim(folder):
    path = folder / "shim.so"
    line = ["clang", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    subprocess.run([*line, HERE / "shim.c", "-o", path, "-ldl"], check=True)
    return path


@dataclasses.dataclass
class Outcome:
    """How a process ended: `status` as subprocess gives it, -N where signal N ended it."""

    status: int
    output: bytes
    error: str
    seconds: float
    is_hanging: bool
    # Lines of the shim: calls of a dry run, and faults that were put in.
    calls: list
    fired: list

    @property
    def is_killed(self):
        """By the shim."""
        return self.status == -signal.SIGKILL and bool(self.fired)

    def problems(self, statuses=(0, 1, 64)):
        """What is wrong with exit code and standard error, whatever was asked for."""
        if self.is_hanging:
            return [f"still running after {self.seconds:.0f} s"]
        found = []
        lines = self.error.splitlines()
        if crash := next((line for line in lines if CRASH.search(line)), None):
            found.append(f"fell over: {crash[:200]}")
        if self.status < 0 and not self.is_killed and self.status not in statuses:
            found.append(f"ended by {signal.Signals(-self.status).name}")
        elif self.status not in statuses and not self.is_killed:
            found.append(f"exit {self.status}")
        errors = [line for line in lines if ERROR_LINE.match(line)]
        if self.status in (1, 64) and len(errors) != 1:
            found.append(f"exit {self.status} with {len(errors)} lines of error, expected one")
        elif self.status == 1 and lines[-1] != errors[0]:
            found.append(f"the line of error is not the last: {lines[-1][:200]}")
        elif self.status == 0 and errors:
            found.append(f"exit 0 with an error: {errors[0][:200]}")
        return found


class Runner:
    """Runs the command line that is tried."""

    def __init__(self, binary, folder):
        self.binary = pathlib.Path(binary).resolve()
        self.shim = build_shim(folder)

    def start(self, work, arguments, fault=None, lists=False, limits=(), closes=(), **streams):
        """Starts a command in a folder.

        `fault` is the shim's operation:number:kind, `lists` asks for the calls, `limits` are pairs of
        a resource of setrlimit and its value, `closes` are standard descriptors that are not open.
        """
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FAULT")},
            "SWIFT_BACKTRACE": "enable=no",
            "LC_ALL": "C.UTF-8",
            # What one command has read must not change what the next one does.
            "MULTIBOX_CACHE": "off",
        }
        log = work.with_name(work.name + ".calls")
        log.unlink(missing_ok=True)
        if fault or lists:
            environment |= {"LD_PRELOAD": str(self.shim), "FAULT_BELOW": str(work), "FAULT_LOG": str(log)}
        if fault:
            environment["FAULT"] = fault

        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_LIMIT, ADDRESS_LIMIT))
            for kind, value in limits:
                resource.setrlimit(kind, (value, value))
            for file in closes:
                os.close(file)

        streams = {
            "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams
        }
        process = subprocess.Popen(
            [self.binary, *arguments], cwd=work, env=environment, preexec_fn=limit, **streams
        )
        process.log, process.began = log, time.monotonic()
        return process

    def finish(self, process, time_limit=TIME_LIMIT):
        """Waits for a command, and ends it where it does not."""
        is_hanging = False
        try:
            output, error = process.communicate(timeout=time_limit)
        except subprocess.TimeoutExpired:
            is_hanging = True
            process.kill()
            output, error = process.communicate()
        lines = process.log.read_text(errors="replace").splitlines() if process.log.exists() else []
        process.log.unlink(missing_ok=True)
        return Outcome(
            process.returncode, output or b"", (error or b"").decode(errors="replace"),
            time.monotonic() - process.began, is_hanging,
            [line.split(" ", 1) for line in lines if not line.startswith("fired ")],
            [line for line in lines if line.startswith("fired ")],
        )

    def run(self, work, arguments, **options):
        return self.finish(self.start(work, arguments, **options))

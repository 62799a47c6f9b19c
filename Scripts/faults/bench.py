"""All that a point needs, and what every point is asked."""

import collections
import dataclasses
import os
import shutil
import threading

import commands
import files
from fixtures import Fixtures


@dataclasses.dataclass
class Reference:
    """What a command gives that nobody disturbs."""

    content: dict
    output: bytes
    seconds: float
    # Counts of the shim's operations.
    calls: dict


class Bench:
    """All that a point needs: the runner, the inputs and what is right."""

    def __init__(self, folder, runner, is_short=False):
        self.folder, self.runner = folder, runner
        self.commands = [commands.command(name) for name in commands.SHORT] if is_short else commands.COMMANDS
        self.fixtures = Fixtures(folder / "fixtures", runner)
        self.lock = threading.Lock()
        self.number = 0
        self._references = {}
        # How the commands of random options ended, and how often a training was killed.
        self.statuses = collections.Counter()
        self.kill_count = 0

    def work(self, name):
        with self.lock:
            self.number += 1
            return self.folder / f"{self.number:05d}-{name}"

    def reference(self, command):
        with self.fixtures.lock:
            if command.name not in self._references:
                self._references[command.name] = self._measure(command)
            return self._references[command.name]

    def _measure(self, command):
        work = self.work(command.name)
        command.prepare(work, self.fixtures)
        outcome = self.runner.run(work, command.arguments)
        if outcome.status:
            raise RuntimeError(f"{command.name}, not disturbed: exit {outcome.status}: {outcome.error}")
        content = files.content(work / "out")
        shutil.rmtree(work)
        command.prepare(work, self.fixtures)
        listed = self.runner.run(work, command.arguments, lists=True)
        if lines := files.differences(files.content(work / "out"), content):
            raise RuntimeError(f"{command.name}: twice the same gives {'; '.join(lines)}")
        shutil.rmtree(work)
        calls = {}
        for operation, _ in listed.calls:
            calls[operation] = calls.get(operation, 0) + 1
        return Reference(content, outcome.output, outcome.seconds, calls)

    # --- what every point is asked ------------------------------------------------------------

    @staticmethod
    def is_told(work, outcome):
        """Whether a fault met an input that is named as left out: the result is that of the others."""
        paths = {line.split(" ", 2)[2] for line in outcome.fired}
        names = [os.path.relpath(path, work) for path in paths if path.startswith(f"{work}/in/")]
        text = outcome.error + outcome.output.decode(errors="replace")
        return bool(names) and len(names) == len(paths) and all(name in text for name in names)

    def problems(self, command, work, before, began, outcome, is_told=False):
        """All that is wrong after a command that ended, undisturbed runs behind it included."""
        found = self.state_problems(command, work, before, began, is_told)
        if outcome.status == 0 and not is_told:
            found += self.result_problems(command, work, outcome)
        return found + self.way_on_problems(command, work)

    def state_problems(self, command, work, before, began, is_told=False):
        """What is wrong with the files while nobody has gone on yet."""
        found = []
        if files.digests(work / "in") != before:
            found += [f"input {line}" for line in files.differences(files.digests(work / "in"), before)]
        expected = self.reference(command).content
        for path in sorted((work / "out").rglob("*")):
            name = str(path.relative_to(work / "out"))
            if not path.is_file() or ".tmp" in path.name or path.name.startswith(".dat.nosync"):
                continue
            if reason := files.fault_of(path):
                found.append(f"{name}: {reason}")
            elif not command.trains and name in expected and not is_told and path.name not in files.RENEWED:
                digest = files.digest(files.canonical(path))
                if digest not in (expected[name], began.get(name)):
                    found.append(f"{name}: neither old nor complete")
        return found

    def result_problems(self, command, work, outcome):
        """What is wrong with what a command left that ended with 0."""
        reference = self.reference(command)
        lines = files.differences(files.content(work / "out"), reference.content)
        # A training goes on without its page and pictures, and says so.
        warned = [line for line in outcome.error.splitlines() if line.startswith("warning: ")]
        if command.trains and warned:
            lines = [line for line in lines if not line.startswith(("run/report", "run/tensorboard"))]
        if not command.trains and outcome.output != reference.output:
            lines.append("other standard output")
        return [f"exit 0: {line}" for line in lines]

    def way_on_problems(self, command, work):
        """What is wrong with the next run, which nobody disturbs."""
        arguments = command.next_arguments(work)
        outcome = self.runner.run(work, arguments)
        name = " ".join(arguments[:2])
        if found := outcome.problems((0,)):
            return [f"then {name}: {line}: {outcome.error.strip().splitlines()[-1:]}" for line in found]
        lines = files.differences(files.content(work / "out"), self.reference(command).content)
        return [f"then {name}: {line}" for line in lines]

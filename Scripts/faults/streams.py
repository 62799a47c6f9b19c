"""Standard input, output and error that are full, closed, or that nobody reads."""

import os
import shutil

import files

CASES = ["output-full", "output-closed", "output-unread", "error-full", "error-closed", "input-closed", "all-closed"]


def points(bench):
    return [
        (f"{command.name}/{case}", lambda c=command, k=case: check(bench, c, k))
        for command in bench.commands
        for case in CASES
    ]


def run(bench, work, arguments, case):
    stream, state = case.split("-")
    closes = {"output": [1], "error": [2], "input": [0], "all": [0, 1, 2]}[stream] if state == "closed" else []
    if state == "full":
        with open("/dev/full", "wb") as full:
            name = {"output": "stdout", "error": "stderr"}[stream]
            return bench.runner.run(work, arguments, closes=closes, **{name: full})
    if state == "unread":
        reading, writing = os.pipe()
        os.close(reading)
        try:
            return bench.runner.run(work, arguments, stdout=writing)
        finally:
            os.close(writing)
    return bench.runner.run(work, arguments, closes=closes)


def check(bench, command, case):
    work = bench.work(command.name)
    command.prepare(work, bench.fixtures)
    before, began = files.digests(work / "in"), files.content(work / "out")
    outcome = run(bench, work, command.arguments, case)
    if case in ("error-full", "error-closed", "input-closed"):
        found = outcome.problems((0,))
        if not found:
            found = bench.result_problems(command, work, outcome)
    else:
        # The result has not arrived. Who stopped reading a pipe, or hears nothing, is told nothing.
        is_told = case in ("output-full", "output-closed")
        found = [line for line in outcome.problems((1,)) if is_told or "lines" not in line]
        if is_told and "standard output" not in outcome.error:
            found.append("no line names standard output")
    found += bench.state_problems(command, work, before, began)
    found += bench.way_on_problems(command, work)
    shutil.rmtree(work)
    return found

"""A training killed anywhere, once or several times: how it goes on must end in the same weights."""

import random
import shutil
import subprocess

import commands

OPERATIONS = ["write", "write", "rename", "fsync", "close", "open-write", "open-read", "mkdir"]
KINDS = ["kill-before", "kill-in", "kill-behind"]


def points(bench, count):
    return [(str(number), lambda n=number: check(bench, n)) for number in range(count)]


def killed(bench, work, arguments, draw):
    """Runs a training that is killed, at a call or after a time, or ends before that."""
    reference = bench.reference(commands.command("train"))
    if draw.random() < 0.7:
        operation = draw.choice(OPERATIONS)
        fault = f"{operation}:{draw.randint(1, reference.calls[operation])}:{draw.choice(KINDS)}"
        return bench.runner.run(work, arguments, fault=fault)
    process = bench.runner.start(work, arguments)
    try:
        process.wait(draw.uniform(0.02, 1.2) * reference.seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    outcome = bench.runner.finish(process)
    if outcome.status == -9:
        outcome.fired = ["fired after a time"]
    return outcome


def check(bench, number):
    draw = random.Random(number)
    training = commands.command("train")
    work = bench.work("kills")
    training.prepare(work, bench.fixtures)
    arguments = training.arguments
    # A third of them is killed again on the way.
    for _ in range(draw.choice([1, 1, 2])):
        outcome = killed(bench, work, arguments, draw)
        if outcome.is_killed:
            with bench.lock:
                bench.kill_count += 1
        found = outcome.problems() + bench.state_problems(training, work, {}, {})
        if found:
            break
        arguments = training.next_arguments(work)
    found += bench.way_on_problems(training, work)
    shutil.rmtree(work)
    return found

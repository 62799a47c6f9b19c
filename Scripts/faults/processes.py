"""Signals, two commands at once, and limits of the process."""

import resource
import shutil
import signal
import subprocess
import time

import commands
import files
from points import spread

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
# Seconds that a command may still run when it was told to end, and when it was told twice.
PATIENCE, TWICE = 10, 2
# One step an epoch, and never an end.
ENDLESS = [
    "train", "--data", "shapes:images=8,side=64", "--image-size", "64", "--epochs", "100000", "--batch-size", "8",
    "--threads", "1", "--precision", "float32", "--validate-every", "0", "--output", "out/run",
]


def wait(process, seconds):
    try:
        process.wait(max(seconds, 0))
        return True
    except subprocess.TimeoutExpired:
        return False


# --- signals ---------------------------------------------------------------------------------


def signals(bench):
    found = []
    for command in bench.commands:
        for number in SIGNALS:
            for share in [30, 60, 90]:
                found.append((
                    f"{command.name}/{number.name}-{share}",
                    lambda c=command, n=number, s=share: signalled(bench, c, n, s / 100),
                ))
    for number in SIGNALS:
        found.append((f"endless/{number.name}", lambda n=number: endless(bench, n, False)))
        found.append((f"endless/{number.name}-twice", lambda n=number: endless(bench, n, True)))
    return found


def statuses(number):
    """Of a command that ended before, was ended, or ended itself because of the signal."""
    return 0, -number, 128 + number, 130


def signalled(bench, command, number, share):
    work = bench.work(command.name)
    command.prepare(work, bench.fixtures)
    before, began = files.digests(work / "in"), files.content(work / "out")
    process = bench.runner.start(work, command.arguments)
    if not wait(process, share * bench.reference(command).seconds):
        process.send_signal(number)
    outcome = bench.runner.finish(process, PATIENCE)
    found = outcome.problems(statuses(number))
    found += bench.problems(command, work, before, began, outcome)
    shutil.rmtree(work)
    return found


def endless(bench, number, twice):
    """A training of one step an epoch: it is told to end when its first checkpoint is there."""
    work = bench.work("endless")
    (work / "out").mkdir(parents=True)
    process = bench.runner.start(work, ENDLESS)
    checkpoint = work / "out/run/checkpoint.safetensors"
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < process.began + PATIENCE:
        time.sleep(0.02)
    process.send_signal(number)
    if twice:
        time.sleep(0.05)
        process.send_signal(number)
    outcome = bench.runner.finish(process, TWICE if twice else PATIENCE)
    found = outcome.problems(statuses(number)[1:])
    found += [
        f"{path.name}: {files.fault_of(path)}" for path in (work / "out").rglob("*.safetensors") if files.fault_of(path)
    ]
    if not twice and not checkpoint.exists():
        found.append("no checkpoint")
    # It goes on, and ends when it is told to.
    process = bench.runner.start(work, commands.RESUME)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    outcome = bench.runner.finish(process, PATIENCE)
    found += [f"then --resume: {line}" for line in outcome.problems(statuses(signal.SIGTERM)[1:])]
    shutil.rmtree(work)
    return found


# --- two at once -----------------------------------------------------------------------------


def together(bench):
    return [
        (f"{command.name}/{delay}", lambda c=command, d=delay: twice_at_once(bench, c, d / 100))
        for command in bench.commands
        for delay in [0, 5, 20]
    ]


def twice_at_once(bench, command, delay):
    work = bench.work(command.name)
    command.prepare(work, bench.fixtures)
    before = files.digests(work / "in")
    first = bench.runner.start(work, command.arguments)
    time.sleep(delay)
    second = bench.runner.start(work, command.arguments)
    outcomes = [bench.runner.finish(first), bench.runner.finish(second)]
    found = [line for outcome in outcomes for line in outcome.problems((0, 1))]
    ended = sorted(outcome.status for outcome in outcomes)
    if command.trains and ended != [0, 1]:
        found.append(f"exits {ended}, expected one training and one refused")
    elif 0 not in ended:
        found.append("none of the two succeeded")
    found += bench.state_problems(command, work, before, {})
    found += [
        f"both together: {line}"
        for line in files.differences(files.content(work / "out"), bench.reference(command).content)
    ]
    shutil.rmtree(work)
    return found


# --- limits ----------------------------------------------------------------------------------


def limits(bench, count):
    found = []
    for command in bench.commands:
        for files_open in [5, 32, 10, 20][:count]:
            limit = [(resource.RLIMIT_NOFILE, files_open)]
            found.append((f"{command.name}/files-{files_open}", lambda c=command, l=limit: limited(bench, c, limits=l)))
        for size in [1 << 10, 1 << 20][:count]:
            limit = [(resource.RLIMIT_FSIZE, size)]
            found.append((f"{command.name}/size-{size}", lambda c=command, l=limit: limited(bench, c, limits=l)))
        # Threads are tried, all at once, before Dispatch is given work, which asks for a refused one for ever. A
        # refusal that begins between the two is not survived, and which number that is depends on the machine:
        # the short form refuses all.
        threads = bench.reference(command).calls.get("thread", 0)
        for number in [1][:threads] if count == 2 else spread(threads, count):
            fault = f"thread:{number}:EAGAIN-from"
            found.append((f"{command.name}/{fault}", lambda c=command, f=fault: limited(bench, c, fault=f)))
    return found


def limited(bench, command, **options):
    work = bench.work(command.name)
    command.prepare(work, bench.fixtures)
    before, began = files.digests(work / "in"), files.content(work / "out")
    outcome = bench.runner.run(work, command.arguments, **options)
    found = outcome.problems()
    found += bench.problems(command, work, before, began, outcome)
    shutil.rmtree(work)
    return found

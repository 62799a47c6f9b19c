"""A fault at each call of the system, or at a sample of them spread over the command."""

import shutil

import files

KILLS = ["kill-before", "kill-in", "kill-behind"]
# What can happen at an operation of the shim.
KINDS = {
    "write": [*KILLS, "ENOSPC-from", "EIO", "EINTR", "short-from", "zero"],
    "pwrite": [*KILLS, "ENOSPC-from", "EIO", "EINTR", "short-from", "zero"],
    "ftruncate": ["EIO"],
    "fsync": ["kill-before", "kill-behind", "EIO"],
    "close": ["kill-before", "EIO"],
    "rename": ["kill-before", "kill-behind", "EIO", "ENOSPC"],
    "open-write": ["kill-before", "kill-behind", "ENOSPC", "EMFILE", "EMFILE-from", "EROFS"],
    "open-read": ["EMFILE", "EIO"],
    "open-folder": ["EMFILE"],
    "read": ["EIO", "EINTR", "short-from"],
    "mkdir": ["kill-before", "kill-behind", "ENOSPC"],
    "unlink": ["kill-before", "EIO"],
    "mmap": ["ENOMEM"],
}


def spread(count, limit):
    """At most `limit` of the numbers 1…count, first and last among them."""
    if count <= limit:
        return list(range(1, count + 1))
    if limit == 1:
        return [count]
    return sorted({1 + round(i * (count - 1) / (limit - 1)) for i in range(limit)})


def points(bench, limit):
    """(id, function) of all points; `limit` is of the numbers tried with each kind."""
    found = []
    for command in bench.commands:
        calls = bench.reference(command).calls
        for operation, kinds in KINDS.items():
            for place, kind in enumerate(kinds):
                numbers = spread(calls.get(operation, 0), limit)
                # A short form takes another place of the command for each kind.
                if limit == 1 and numbers:
                    numbers = [1 + place * (calls[operation] - 1) // max(len(kinds) - 1, 1)]
                for number in numbers:
                    fault = f"{operation}:{number}:{kind}"
                    found.append((f"{command.name}/{fault}", lambda c=command, f=fault: check(bench, c, f)))
    return found


def check(bench, command, fault):
    """Runs a command with a fault and then without; returns what is wrong."""
    work = bench.work(command.name)
    command.prepare(work, bench.fixtures)
    before, began = files.digests(work / "in"), files.content(work / "out")
    outcome = bench.runner.run(work, command.arguments, fault=fault)
    found = outcome.problems()
    if fault.endswith(tuple(KILLS)) and outcome.status == 0:
        # Reads and opens of threads come in another order or number now and then.
        found.append("the fault was not reached")
    found += bench.problems(command, work, before, began, outcome, bench.is_told(work, outcome))
    shutil.rmtree(work)
    return found

"""Runs a command and prints what it cost as JSON, with its output: one_process.py COMMAND ….

A process of its own, and a small one: the system counts what the parent had resident when it started a
command as the command's peak.
"""

import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
output = process.stdout.read()
_, status, usage = os.wait4(process.pid, 0)
print(
    json.dumps(
        {
            "status": os.waitstatus_to_exitcode(status),
            "output": output,
            "ms": (time.perf_counter() - start) * 1000,
            "cpu_ms": (usage.ru_utime + usage.ru_stime) * 1000,
            "megabytes": usage.ru_maxrss / 1024,
        }
    )
)

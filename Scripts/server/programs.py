"""Servers as processes: ours and the peer."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


class Server:
    """A process that serves at a URL."""

    def __init__(self, process, url):
        self.process, self.url = process, url

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read()

    def usage(self):
        """Resident memory in MB, open descriptors and threads."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return {
            "megabytes": int(re.search(r"VmRSS:\s*(\d+)", status)[1]) / 1024,
            "descriptors": len(os.listdir(f"/proc/{self.process.pid}/fd")),
            "threads": int(re.search(r"Threads:\s*(\d+)", status)[1]),
        }


@contextlib.contextmanager
def ours(program, *arguments):
    """`multibox-serve serve` at a free port; asked to end with SIGTERM, which must give exit 0."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [program, "serve", "--port", "0", *map(str, arguments)], stderr=log, stdout=subprocess.DEVNULL
        )
        try:
            yield Server(process, listening(process, log, r'"url":"([^"]+)"'))
        finally:
            process.send_signal(signal.SIGTERM)
            if process.wait(120) != 0:
                log.seek(0)
                sys.exit(f"server: ended with {process.returncode}: {log.read()[-2000:]}")


def listening(process, log, pattern):
    """The URL that a server's log tells when it listens."""
    for _ in range(3000):
        log.seek(0)
        text = log.read()
        if found := re.search(pattern, text):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"server: did not start: {text[-2000:]}")


@contextlib.contextmanager
def peer(model, threads):
    """FastAPI at a free port."""
    command = [sys.executable, "-m", "uvicorn", "peer:app", "--port", "0", "--no-access-log", "--no-use-colors"]
    environment = {**os.environ, "MODEL": str(model), "THREADS": str(threads)}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=HERE, env=environment, stderr=log)
        try:
            yield Server(process, listening(process, log, r"running on (http://\S+) "))
        finally:
            process.terminate()
            process.wait(60)


def wrk(url, files, connections, seconds):
    """What wrk finds: one thread of another process, which sends the files again and again."""
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "600s"]
    output = subprocess.run(
        [*command, "-s", HERE / "post.lua", url + "/v1/detect", "--", *map(str, files)],
        check=True, capture_output=True, text=True,
    ).stdout
    return json.loads(re.search(r"^JSON (.*)$", output, re.M)[1])

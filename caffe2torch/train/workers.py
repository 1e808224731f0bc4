"""Starts the processes of a run on this machine, and ends all of them when one fails.

Each is the same command with the environment that torchrun would set. What a process writes to
standard error is kept, so that the one that failed first is heard first.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from caffe2torch.terminal import echo

GRACE = 5.0
"""Seconds that the others have to end by themselves once one has failed."""


@dataclass
class Worker:
    """One process, and the file that holds what it wrote to standard error."""

    rank: int
    process: subprocess.Popen[bytes]
    errors: Path

    def why(self) -> str:
        """Return how it ended, and what it wrote."""
        code = self.process.returncode
        end = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        errors = self.errors.read_text(encoding="utf-8", errors="replace").strip()
        return f"process {self.rank} {end}" + (f":\n{errors}" if errors else "")


def run(arguments: list[str], devices: list[str], live: bool) -> int:
    """Run `c2t` with `arguments` once for each device; return the first exit code that is not 0.

    live: let the first process draw on the terminal
    """
    with tempfile.TemporaryDirectory(prefix="c2t-") as folder:
        port = free_port()
        workers = [
            start(arguments, rank, devices, port, Path(folder), live)
            for rank in range(len(devices))
        ]
        before = {number: signal.signal(number, _passing_on(workers)) for number in PASSED_ON}
        try:
            return watch(workers)
        finally:
            for worker in workers:
                worker.process.kill()
            for number, handler in before.items():
                signal.signal(number, handler)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(
    arguments: list[str], rank: int, devices: list[str], port: int, folder: Path, live: bool
) -> Worker:
    """Start one process in a session of its own, so that Ctrl-C reaches it only through us."""
    cores = max((os.cpu_count() or 1) // len(devices), 1)
    environment = {
        "OMP_NUM_THREADS": str(cores),
        **os.environ,
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(len(devices)),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "C2T_DEVICE": devices[rank],
        "C2T_PARENT": str(os.getpid()),
        "C2T_LIVE": "1" if live else "",
    }
    errors = folder / f"{rank}.txt"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "caffe2torch", *arguments],
            env=environment,
            stderr=file,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    return Worker(rank, process, errors)


def watch(workers: list[Worker]) -> int:
    """Wait until all have ended; when one fails, tell why and end the others."""
    while True:
        ended = [w for w in workers if w.process.poll() is not None]
        failed = [w for w in ended if w.process.returncode]
        if failed and not _stopping(failed):
            echo(failed[0].why(), err=True)
            _end(workers)
            return 1 if failed[0].process.returncode < 0 else failed[0].process.returncode
        if len(ended) == len(workers):
            return max(w.process.returncode for w in workers)
        time.sleep(0.05)


def _stopping(failed: list[Worker]) -> bool:
    """Whether these processes were asked to stop: they end with 1 and complain of nothing."""
    return all(w.process.returncode == 1 and not _complaints(w) for w in failed)


def _complaints(worker: Worker) -> str:
    text = worker.errors.read_text(encoding="utf-8", errors="replace").strip()
    return "" if text.startswith("stopping after this step") else text


def _end(workers: list[Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(w.process.poll() is None for w in workers):
        time.sleep(0.05)
    for worker in workers:
        worker.process.kill()


PASSED_ON = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


def _passing_on(workers: list[Worker]):  # type: ignore[no-untyped-def]
    """Return a handler that tells the first process, which tells the others; twice ends all."""
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM or (number == signal.SIGINT and number in seen):
            for worker in workers:
                worker.process.kill()
            os._exit(1)
        seen.append(number)
        if number == signal.SIGINT:
            sys.stderr.write("\nstopping after this step; Ctrl-C again ends at once\n")
        workers[0].process.send_signal(number)

    return handle

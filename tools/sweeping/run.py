"""Runs one command on one input, measures it, and says what it broke of the promise."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import pkgutil
import re
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SECONDS = 10.0
"""Of a processor, all threads together."""
WAIT = 60.0
"""Seconds in which a processor must have done something for a command, else it hangs."""
MEGABYTES = 1000
MACHINE = 6000
"""Megabytes at which a process is ended, so that the others live."""
LONGEST = 20_000
"""Characters of one message, with all findings of a file."""
HERE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "COLUMNS": "100"}
STEERING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LIBRARIES = re.compile(
    r"HDF5-DIAG|libpng|Corrupt JPEG|Warning: |^\[[WE]\d|Exception ignored|terminate called|"
    r"Segmentation|core dumped|onnxruntime:", re.MULTILINE,
)  # fmt: skip
PROGRESS = re.compile(r"\r|\x1b\[K")


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code (below 0: a signal), cost and output."""

    code: int
    cpu: float
    wall: float
    megabytes: float
    output: bytes
    errors: bytes


def execute(words: Sequence[str], folder: Path, forked: bool = False) -> Outcome:
    """Run `c2t` with these words in a folder, and end it when it passes all limits.

    Forked, it is a copy of this process, which has imported what commands need.
    """
    with (folder.parent / "out").open("w+b") as out, (folder.parent / "err").open("w+b") as err:
        start = time.monotonic()
        pid = (_fork if forked else _start)(words, folder, out, err)
        code, usage = _watch(pid, start)
        _end(pid)  # what it left behind
        wall = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        cpu = usage.ru_utime + usage.ru_stime
        return Outcome(code, cpu, wall, usage.ru_maxrss / 1000, out.read(), err.read())


def _start(words: Sequence[str], folder: Path, out: BinaryIO, err: BinaryIO) -> int:
    here = {**HERE, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-m", "caffe2torch", *words], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=out, stderr=err, env={**os.environ, **here}, start_new_session=True,
        preexec_fn=_few_files,
    )  # fmt: skip
    process.returncode = 0  # it is waited for below
    return process.pid


def import_all() -> None:
    """Import what commands need, so that forked ones find it there."""
    import caffe2torch.commands

    for name in ("torch", "h5py", "lmdb", "PIL.Image", "safetensors.torch", "matplotlib.pyplot"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    parts = caffe2torch.__path__
    for module in pkgutil.walk_packages(parts, "caffe2torch.", onerror=lambda name: None):
        with contextlib.suppress(ImportError):
            importlib.import_module(module.name)


def _fork(words: Sequence[str], folder: Path, out: BinaryIO, err: BinaryIO) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        _few_files()
        os.chdir(folder)
        for descriptor, file in enumerate((os.open(os.devnull, os.O_RDONLY), out, err)):
            os.dup2(file if isinstance(file, int) else file.fileno(), descriptor)
        os.environ.update(HERE)
        sys.argv = ["c2t", *words]
        from caffe2torch.cli import main

        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _few_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _watch(pid: int, start: float) -> tuple[int, resource.struct_rusage]:
    """Wait for a process; end it where it is far beyond a limit."""
    moved, before, last = start, 0.0, start
    while True:
        now = time.monotonic()
        moved += max(0.0, now - last - 1)  # this process was stopped itself, and the other, too
        last = now
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), usage
        cpu, megabytes = _used(pid)
        if cpu > before + 0.02 or _is_stopped(pid):
            moved, before = now, cpu
        hangs = now - moved > WAIT
        if hangs or cpu > 2.5 * SECONDS or megabytes > MACHINE:
            _end(pid)
            _, status, usage = os.wait4(pid, 0)
            return os.waitstatus_to_exitcode(status), usage
        time.sleep(0.05)


def _is_stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    except (OSError, IndexError):
        return False


def _used(pid: int) -> tuple[float, float]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0.0, 0.0
    ticks = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return ticks, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _end(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def violations(ended: Outcome) -> Iterator[str]:
    """What a run broke, in words; nothing if it kept the promise."""
    output, errors = (part.decode("utf-8", "replace") for part in (ended.output, ended.errors))
    both = output + errors
    if ended.code < 0:
        yield f"ended by {signal.Signals(-ended.code).name}"
    elif ended.code > 2:
        yield f"exit code {ended.code}"
    if "Traceback (most recent call last)" in both:
        yield "traceback"
    if "fault of caffe2torch itself" in both:
        yield "a fault of caffe2torch itself"
    if ended.cpu > SECONDS:
        yield f"{ended.cpu:.1f} s of a processor"
    elif ended.code == -signal.SIGKILL and ended.megabytes <= MEGABYTES:
        yield f"hangs: {ended.wall:.0f} s, {ended.cpu:.1f} s of a processor"
    if ended.megabytes > MEGABYTES:
        yield f"{ended.megabytes:,.0f} MB"
    if steering := STEERING.search(PROGRESS.sub("", both)):
        yield f"unescaped U+{ord(steering.group()):04X} on the output"
    if not _is_text(ended.output) or not _is_text(ended.errors):
        yield "output is not UTF-8"
    if ended.code == 2 and not both.strip():
        yield "exit code 2 without a message"
    if ended.code == 2 and len(errors) > LONGEST:
        yield f"a message of {len(errors):,} characters"
    if told := LIBRARIES.search(both):
        yield f"words of a library: {told.group()!r}"


def is_slow(ended: Outcome) -> bool:
    """Whether it took longer than it may, which a busy machine may have done."""
    return ended.cpu > SECONDS


def is_doubtful(ended: Outcome) -> bool:
    """Whether a forked run must be done again by a process of its own.

    What both share counts for nothing in the first: it has imported what the second must import.
    """
    near = ended.cpu > 0.6 * SECONDS or ended.megabytes > 0.8 * MEGABYTES
    return near or any(violations(ended))


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

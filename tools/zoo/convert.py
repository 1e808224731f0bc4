"""Converts every net of a corpus to Python, and runs the files where there is no caffe2torch.

Weights and inputs are random with a fixed seed. A net passes when its file imports, loads the
weights by name, and gives the graph's outputs within 1e-5 of their largest value.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from caffe2torch.convert.compare import randomize
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.convert import Request, prepare
from caffe2torch.convert.targets import registry
from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph

Row = dict[str, str]
Case = tuple[str, Path, str]
Miss = tuple[str, str]
"""Name, file and phase of a net."""

TOLERANCE = 1e-5
SECONDS = 240
MEMORY = 12 << 30
"""What one net may take, so that one that takes more is a miss and not the end of the run."""

CLEAN = Path(__file__).with_name("clean.py")


def nets(rows: list[Row]) -> Iterator[Row]:
    """The rows of nets, each content once."""
    yield from {row["sha1"]: row for row in reversed(rows) if row["kind"][:3] == "net"}.values()


def cases(folder: Path, rows: list[Row]) -> Iterator[Case]:
    """The nets that BVLC Caffe builds."""
    for row in nets(rows):
        if row["bvlc_builds"] == "yes":
            yield row["path"], folder / row["path"], "TEST"
        for phase in ("TEST", "TRAIN"):
            if row[f"patched_{phase.lower()}"] == "yes":
                path = folder / "patched" / f"{row['sha1']}.{phase}.prototxt"
                yield f"{row['path']} ({phase}, data replaced)", path, phase


def others(folder: Path, rows: list[Row]) -> Iterator[Case]:
    """The nets of forks, and those for other data, that are built here, in one phase each."""
    for row in nets(rows):
        if "yes" in (row["bvlc_builds"], row["patched_test"], row["patched_train"]):
            continue
        for phase in ("TEST",) if row["kind"] == "net_deploy" else ("TRAIN", "TEST"):
            with suppress(C2TError):
                build_graph(read_net(folder / row["path"]), phase=phase, assume=True)
                yield row["path"], folder / row["path"], phase
                break


class Clean:
    """The process without caffe2torch; one runs all files, and a new one after a fault."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def run(self, folder: Path) -> float:
        """The difference that the folder's files give."""
        if self.process is None or self.process.poll() is not None:
            command = [sys.executable, "-I", str(CLEAN)]
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdin and self.process.stdout
        print(folder, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline() or '{"error": "the process died"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return float(answer["difference"])

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    """Stop what takes longer, with a TimeoutError, or more than MEMORY, with torch's own error."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"takes more than {seconds} s")

    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, before[1]))
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, before)


def converted(path: Path, phase: str) -> Conversion:
    """A net with random weights, on its way to Python."""
    found = prepare(Request(path, phase=phase))
    randomize(found.built)
    return found


def write(found: Conversion, folder: Path) -> None:
    """Write what the clean process needs."""
    case = {
        "class": found.source.class_name,
        "train": found.graph.train,
        "inputs": found.inputs,
        "expected": dict(found.expected),
    }
    torch.save(case, folder / "try.pt")
    (folder / "net.py").write_text(found.source.text, encoding="utf-8")
    registry.find("safetensors").write(found, folder / "net.safetensors")


def check(found: Iterable[Case], refused: list[Miss] | None = None) -> tuple[int, list[Miss]]:
    """How many nets there are, and why the missed ones missed.

    refused: takes the nets that say themselves why they cannot run; without it they are misses
    """
    torch.set_num_threads(1)
    total, misses, clean = 0, [], Clean()
    for name, path, phase in found:
        total += 1
        try:
            with limit(SECONDS), tempfile.TemporaryDirectory() as work:
                write(converted(path, phase), Path(work))
                gap = clean.run(Path(work))
            if gap > TOLERANCE:
                misses.append((name, f"outputs differ by {gap:.1e}"))
        except Exception as error:
            clean.close()
            if refused is not None and isinstance(error, C2TError):
                total -= 1
                refused.append((name, str(error)))
                continue
            misses.append((name, f"{type(error).__name__}: {error}"))
    clean.close()
    return total, misses

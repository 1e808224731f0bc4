"""Converts every net of a corpus to Python, and runs the files where there is no caffe2torch.

Weights and inputs are random with a fixed seed. A net passes when its file imports, loads the
weights by name, and gives the graph's outputs within 1e-5 of their largest value.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from caffe2torch.export.conversion import Conversion
from caffe2torch.export.convert import Request, prepare
from caffe2torch.export.examples import randomize
from caffe2torch.export.targets import registry

Row = dict[str, str]
TOLERANCE = 1e-5
SECONDS = 240
CLEAN = Path(__file__).with_name("clean.py")


def cases(folder: Path, rows: list[Row]) -> Iterator[tuple[str, Path, str]]:
    """Name, file and phase of each net that BVLC Caffe builds, each content once."""
    seen: set[str] = set()
    for row in rows:
        if not row["kind"].startswith("net") or row["sha1"] in seen:
            continue
        seen.add(row["sha1"])
        if row["bvlc_builds"] == "yes":
            yield row["path"], folder / row["path"], "TEST"
        for phase in ("TEST", "TRAIN"):
            if row[f"patched_{phase.lower()}"] == "yes":
                path = folder / "patched" / f"{row['sha1']}.{phase}.prototxt"
                yield f"{row['path']} ({phase}, data replaced)", path, phase


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
    """Stop what takes longer, with a TimeoutError."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"takes more than {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


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


def check(folder: Path, rows: list[Row]) -> tuple[int, list[tuple[str, str]]]:
    """How many nets there are, and why the missed ones missed."""
    torch.set_num_threads(1)
    total, misses, clean = 0, [], Clean()
    for name, path, phase in cases(folder, rows):
        total += 1
        try:
            with limit(SECONDS), tempfile.TemporaryDirectory() as work:
                write(converted(path, phase), Path(work))
                gap = clean.run(Path(work))
            if gap > TOLERANCE:
                misses.append((name, f"outputs differ by {gap:.1e}"))
        except Exception as error:
            clean.close()
            misses.append((name, f"{type(error).__name__}: {error}"))
    clean.close()
    return total, misses

"""Whole logs of Caffe's command line tool against ours, after masking what cannot be equal.

Masked: date, time, thread, speeds. Left out: lines of Caffe's reading thread, which come when
they come. Weights are random where a run begins without a file: a run of a recorded case begins
with that case's weights; where there is no such case, numbers are compared by kind only.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.module.trained import copy_trained
from caffe2torch.train.log import Log
from caffe2torch.train.run import train
from caffe2torch.train.settings import Settings
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import Watcher
from caffe2torch.weights import read_weights
from tools.golden.outcome import Outcome, reported

LINE = re.compile(r"([IWEF])\d{4,8} [\d:.]+ +\d+ (\S+)\] (.*)")
ASYNCHRONOUS = ("data_layer.cpp:73", "blocking_queue.cpp:49")
SPEED = re.compile(r"\([-+.\w]+ iter/s, [-+.\w]+s/(\d+) iters\)")
NUMBER = re.compile(r"(?<![\w#])-?\d+\.?\d*(?:e[-+]\d+)?(?!\w)")
MEASURED = re.compile(r"(solver|sgd_solver|net|caffe)\.cpp:(\d+)")
BOUND = 2e-3


def check_log(folder: Path, entry: dict[str, Any]) -> Outcome:
    """Run what the recorded command ran, and compare the logs line by line."""
    outcome = Outcome(entry["log"])
    with reported(outcome), tempfile.TemporaryDirectory() as out:
        written = entry["command"][2].partition("=")[2].partition("/")[0]
        with mirrored(folder.resolve(), Path(out), written):
            ours = masked(_run(entry["command"][1:], Path(out)))
        caffe = masked((folder / entry["log"]).read_text())
        random = "debug" in entry["log"] or entry["command"][1] == "time"
        _compare(outcome, ours, caffe, random)
    return outcome


def masked(text: str) -> list[tuple[str, str]]:
    """Return place and text of each line; what follows a line without a place belongs to it."""
    lines: list[tuple[str, str]] = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match and match[2] in ASYNCHRONOUS:
            continue
        if match:
            said = SPEED.sub(r"(SPEED/\1 iters)", match[3])
            lines.append((f"{match[1]} {match[2]}", said))
        else:
            lines.append(("", line))
    return lines


class Initial(Watcher):
    """Begins with the weights of a recorded case."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_start(self, state: RunState) -> None:
        if self.path.is_file():
            copy_trained(state.net, read_weights(self.path), Log())


def _run(arguments: list[str], out: Path) -> str:
    name, *flags = arguments
    log = out / "log"
    if name != "train":
        result = CliRunner().invoke(cli, [name, *flags, "--log", str(log)])
        assert result.exit_code == 0, result.output
        return log.read_text()
    given = dict(flag.removeprefix("--").split("=", 1) for flag in flags)
    path = given.pop("solver")
    weights = "weights" in given or not given
    initial = [Initial(Path(path).with_name("init.caffemodel"))] if weights else []
    settings = Settings(path, run_dir=str(out / "run"), log=str(log), **given)
    train(settings, lambda _: None, initial)
    return log.read_text()


@contextmanager
def mirrored(folder: Path, out: Path, written: str) -> Iterator[None]:
    """Work in a folder of links to the golden files, with a copy of the folder to be written."""
    mirror = out / "golden"
    mirror.mkdir()
    for entry in folder.iterdir():
        if entry.name == written:
            shutil.copytree(entry, mirror / written, copy_function=shutil.copy)
            (mirror / written).chmod(0o755)
        else:
            (mirror / entry.name).symlink_to(entry)
    before = Path.cwd()
    os.chdir(mirror)
    try:
        yield
    finally:
        os.chdir(before)


def _compare(
    outcome: Outcome, ours: list[tuple[str, str]], caffe: list[tuple[str, str]], random: bool
) -> None:
    for number, (a, b) in enumerate(zip(ours, caffe, strict=False), 1):
        if a != b and not (a[0] == b[0] and _same(a[1], b[1], random and _measured(a[0]))):
            outcome.problems.append(f"line {number}: {a} instead of {b}")
    if len(ours) != len(caffe):
        outcome.problems.append(f"{len(ours)} lines instead of {len(caffe)}")


def _measured(place: str) -> bool:
    """Whether a line tells what came out of a computation, not what the net is."""
    match = MEASURED.search(place)
    late = {"net": 590, "solver": 230, "sgd_solver": 90, "caffe": 300}
    return bool(match) and int(match[2]) > late[match[1]]


def _same(ours: str, caffe: str, any_number: bool) -> bool:
    """Whether two lines say the same up to the last digits of their numbers."""
    if NUMBER.sub("N", ours) != NUMBER.sub("N", caffe):
        return False
    pairs = zip(NUMBER.findall(ours), NUMBER.findall(caffe), strict=True)
    return any_number or all(
        abs(float(a) - float(b)) <= BOUND * abs(float(b)) + 1e-6 for a, b in pairs
    )

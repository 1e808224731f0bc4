"""What the light monitor costs: training steps with it against the same without it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from caffe2torch.data.datasets import digits
from caffe2torch.format import upgrade
from caffe2torch.health.monitor import Monitor
from caffe2torch.train.solver import Solver
from tools.benchmarks.pairs import Ratio, in_turn

STEPS, RUNS = 100, 5
"""As many as lie between two measurements, so that each run has one."""


def opened(folder: Path, watched: bool) -> Solver:
    """Return the LeNet of the digits, of 32x32 pixels in batches of 64, without tests."""
    solver = upgrade.read_solver(folder / "solver.prototxt")
    param = solver.message
    for name in ("test_iter", "test_interval", "display"):
        param.ClearField(name)
    param.snapshot, param.snapshot_after_train = 0, False
    running = Solver(solver, watchers=[Monitor(lambda _: None)] if watched else [])
    running.step(STEPS)  # the early measurements, at 0, 1, 2, 4, ..., are behind
    return running


def measure() -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "digits"
        digits.write_folder(folder)
        digits.write_databases(folder, size=32, force=True)
        ours, theirs = opened(folder, True), opened(folder, False)
        sides = {"ours": lambda: ours.step(STEPS), "theirs": lambda: theirs.step(STEPS)}
        times = in_turn(sides, RUNS, time.thread_time)
        what = f"{STEPS} steps of a LeNet with the light monitor"
        yield Ratio.of(what, times["ours"], times["theirs"], 1.01, "without it")
        ours.close()
        theirs.close()

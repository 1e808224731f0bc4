"""Trains a small config for a moment, with the monitor listening as `c2t train` has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caffe2torch.format import upgrade
from caffe2torch.health.monitor import Monitor
from caffe2torch.train.solver import Solver

ITERATIONS = 200


def watched(solver: Path, extras: Mapping[str, Any] | None = None) -> Monitor:
    """Return the light monitor of a run of 200 iterations."""
    monitor = Monitor(lambda _: None, "light")
    running = Solver(upgrade.read_solver(solver), watchers=[monitor])
    try:
        running.step(ITERATIONS)
    finally:
        running.close()
    return monitor

"""Trains a small config for a moment, with the monitor listening as `c2t train` has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caffe2torch.format import upgrade
from caffe2torch.health.monitor import Monitor
from caffe2torch.module.extras import Extras
from caffe2torch.module.options import Options
from caffe2torch.train.solver import Solver

ITERATIONS = 200


def watched(solver: Path, extras: Mapping[str, Any] | None = None, stop_on: str = "") -> Monitor:
    """Return the light monitor of a run of 200 iterations.

    extras:  what `c2t train` computes beyond Caffe
    stop_on: a code that ends the run, "" for none
    """
    monitor = Monitor(lambda _: None, "light", stop_on=[stop_on])
    options = Options(extras=Extras(**extras or {}))
    running = Solver(upgrade.read_solver(solver), options, watchers=[monitor])
    try:
        running.step(ITERATIONS)
    finally:
        running.close()
    return monitor

"""From the flags of `c2t train` to one training process, or several."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from caffe2torch.errors import SolverError
from caffe2torch.terminal import verbosity

if TYPE_CHECKING:
    from caffe2torch.train.settings import Settings
    from caffe2torch.train.watch import Watcher


def is_first() -> bool:
    """Whether this process speaks for a run: no other program or process has started it."""
    return os.environ.get("RANK", "0") == "0" and "C2T_PARENT" not in os.environ


def launch(
    flags: dict[str, Any],
    echo: Callable[[str], None],
    live: bool,
    listening: Callable[[], list[Watcher]] = list,
) -> int:
    """Train a solver in one process or several; return the exit code.

    flags: the fields of `train.settings.Settings`
    live:  show a bar and a table instead of lines
    listening: makes what else watches the run, in the process that speaks for it
    """
    from caffe2torch.train.settings import Settings

    started = int(os.environ.get("WORLD_SIZE", "1")) > 1
    settings = Settings(**flags)
    chosen = [] if started else devices(settings.gpus, settings.procs)
    if len(chosen) > 1:
        from caffe2torch.train.workers import run

        words = replace(settings, no_lint=True).arguments()
        return run(["train", *words], chosen, live)
    if chosen:
        settings = replace(settings, device=chosen[0])
    return work(settings, echo, live or bool(os.environ.get("C2T_LIVE")), listening)


def devices(gpus: str, procs: int) -> list[str]:
    """Return the device of each process, none if only one is to run as the solver says.

    Raises: SolverError for devices that are not there.
    """
    if gpus and procs > 1:
        raise SolverError("--gpus and --procs exclude each other", hint="--procs is for CPUs")
    if not gpus:
        return ["cpu"] * procs if procs > 1 else []
    import torch

    count = torch.cuda.device_count()
    chosen = range(count) if gpus == "all" else [_index(text) for text in gpus.split(",")]
    absent = [index for index in chosen if index >= count]
    if absent or not count:
        first = absent[0] if absent else 0
        raise SolverError(f"no CUDA device {first} (there are {count})", hint="see c2t devices")
    return [f"cuda:{index}" for index in chosen]


def _index(text: str) -> int:
    if not text.strip().isdecimal():
        raise SolverError(f'"{text}" is no device number', hint="--gpus all, or --gpus 0,1")
    return int(text)


def work(
    settings: Settings,
    echo: Callable[[str], None],
    live: bool,
    listening: Callable[[], list[Watcher]] = list,
) -> int:
    """Train in this process, alone or as one of those that the environment tells of."""
    from caffe2torch.train.distributed import join, together
    from caffe2torch.train.run import train
    from caffe2torch.train.terminal import Live, Plain, Results

    ranks = join(settings.device)
    shown: list[Watcher] = []
    if ranks.first:
        quiet = verbosity() < 0
        lines = Results(echo) if quiet else Live() if live else Plain(echo)
        shown = [lines, *listening()]
    try:
        with together(ranks):
            return train(settings, echo, shown, ranks)
    finally:
        for watcher in shown:
            watcher.stop()

"""A running job in the terminal, read from its folder: progress, loss, tests, findings.

Nothing but the files of the run is looked at, so that it can be watched from another terminal.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from caffe2torch.lock import is_locked
from caffe2torch.report.reading import read_folder
from caffe2torch.report.record import Record
from caffe2torch.terminal import clock, printable
from caffe2torch.train.table import Curve

BARS = "▁▂▃▄▅▆▇█"
WIDTH, TESTS = 60, 8
"""Points of the loss and rows of tests that are shown."""


def watch(
    folder: Path,
    show: Callable[[Record, bool], None],
    every: float,
    sleep: Callable[[float], None] = time.sleep,
) -> Record:
    """Show a run again and again until it is over; return it as it then is.

    show:  is given the run, and whether it is at work
    every: seconds between two looks

    Raises: DataError if the folder is none of a run; OSError.
    """
    while True:
        record, working = look(folder)
        show(record, working)
        if not working:
            return record
        sleep(every)


def look(folder: Path) -> tuple[Record, bool]:
    """Return a run as it stands, and whether it is at work. Raises: DataError, OSError."""
    working = at_work(folder)  # first, so that what it wrote at its end is read
    return read_folder(folder, pictures=False), working


def at_work(folder: Path) -> bool:
    """Whether a process trains in a folder: it holds its lock."""
    try:
        return is_locked(folder / ".lock")
    except OSError:  # there is no lock, or it may not be looked at
        return False


def view(record: Record, working: bool) -> Any:
    """Return what rich draws of a run."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    total = record.max_iter or record.iteration or 1
    parts = [
        Text(headline(record, working), style="bold"),
        Padding(ProgressBar(total=total, completed=record.iteration), 0),  # a line of its own
        Text(spark(record.curves.get("loss", []))),
        _tests(record),
        *[Text(one.text, style="red" if one.fatal else "yellow") for one in record.findings],
    ]
    return Group(*[part for part in parts if part is not None])


STATES = {"Done": "finished", "stopped early": "stopped"}


def headline(record: Record, working: bool) -> str:
    """Return where a run is: iteration, loss, rate, speed, time left."""
    state = "at work" if working else STATES.get(record.end, "ended")
    of = f"/{record.max_iter}" if record.max_iter else ""
    words = [f"{printable(record.name)}: {state}, iteration {record.iteration}{of}"]
    for column in ("loss", "lr"):
        if record.curves.get(column):
            words.append(f"{column} {record.curves[column][-1][1]:.4g}")
    speed = record.curves.get("images_per_second")
    if speed:
        words.append(f"{speed[-1][1]:,.0f} images/s")
        left = seconds_left(record, speed[-1][1])
        words += [f"{clock(left)} left"] if working and left else []
    return "  ".join(words)


def seconds_left(record: Record, speed: float) -> float:
    """Return what a run will take at a speed in images a second; 0 where that is unknown."""
    images = record.facts.get("images per iteration", "")
    if not images.isdecimal() or speed <= 0:
        return 0.0
    return max(record.max_iter - record.iteration, 0) * int(images) / speed


def spark(curve: Curve) -> str:
    """Return the last points of a curve as bars between its smallest and largest value there."""
    values = [value for _, value in curve[-WIDTH:]]
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    low, span = min(finite), (max(finite) - min(finite)) or 1.0
    steps = [
        BARS[round((value - low) / span * (len(BARS) - 1))] if math.isfinite(value) else "!"
        for value in values
    ]
    return "".join(steps)


def _tests(record: Record) -> Any:
    """Return a table of the last tests, None if there were none."""
    from rich.table import Table

    curves = {name: dict(c) for name, c in record.curves.items() if name.startswith("test")}
    iterations = sorted({i for curve in curves.values() for i in curve})[-TESTS:]
    if not iterations:
        return None
    table = Table("iteration", *map(printable, curves), box=None, pad_edge=False)
    for i in iterations:
        cells = [f"{curve[i]:.5g}" if i in curve else "" for curve in curves.values()]
        table.add_row(str(i), *cells)
    return table

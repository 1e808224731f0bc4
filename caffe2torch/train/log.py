"""Caffe's own log lines, so that whatever reads Caffe's logs reads ours.

A line is `I20261122 12:35:44.355204 18619 solver.cpp:239] text`: severity, date, time, thread,
and the place in Caffe's source that prints it. Parsers look for the text, some for the place.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO


class Log:
    """Writes glog lines to any number of streams; with none it is silent.

    Called as log("solver.cpp:290", "Learning Rate Policy: step"); `severity` is I, W, E or F.
    """

    def __init__(self, *streams: TextIO) -> None:
        self.streams = streams

    def __call__(self, place: str, text: str, severity: str = "I") -> None:
        """Write one line, which may hold line breaks; one at its end is not doubled."""
        if self.streams:
            said = text.removesuffix("\n")
            now = datetime.now().strftime("%Y%m%d %H:%M:%S.%f")
            line = f"{severity}{now} {threading.get_native_id():5d} {place}] {said}\n"
            for stream in self.streams:
                stream.write(line)


@contextmanager
def log_to(*paths: str | Path) -> Iterator[Log]:
    """Open files to append to, line by line; "-" is standard error.

    Raises: OSError if one cannot be written.
    """
    with ExitStack() as opened:
        files = [Path(path) for path in paths if str(path) != "-"]
        streams = [opened.enter_context(f.open("a", buffering=1, encoding="utf-8")) for f in files]
        yield Log(*streams, *([sys.stderr] if len(files) < len(paths) else []))


def number(value: float) -> str:
    """Return a number as C++ streams print it: 6 significant digits, no trailing zeros."""
    return f"{value:.6g}"


def exact(value: float) -> str:
    """Return a float32 with as many digits as read back the same."""
    return f"{value:.9g}"


def weighted(value: float, weight: float) -> str:
    """Return what follows a score in the log: " (* 0.5 = 0.7 loss)", or nothing for weight 0."""
    return f" (* {number(weight)} = {number(weight * value)} loss)" if weight else ""

"""Ctrl-C, hang-ups and termination: they are kept, and the loop acts when its step is finished.

Source: Caffe src/caffe/util/signal_handler.cpp; tools/caffe.cpp, sigint_effect, sighup_effect
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any

from caffe2torch.train.watch import Watcher

SHOW_CURSOR = "\x1b[?25h"


class Signals(Watcher):
    """Turns signals into requests; used in a `with` statement around the training.

    sigint, sighup: "stop", "snapshot" or "none"
    alone:          whether this process trains alone; of several, SIGTERM ends all at once

    SIGTERM stops as Ctrl-C does: a scheduler or a container that ends a run sends it first.
    """

    def __init__(self, sigint: str = "stop", sighup: str = "snapshot", alone: bool = True) -> None:
        self.effects = {signal.SIGINT: sigint, signal.SIGHUP: sighup}
        if alone:
            self.effects[signal.SIGTERM] = "stop"
        self.pending: list[str] = []
        self.interrupts = 0
        self._before: dict[int, Any] = {}

    def request(self) -> str:
        """Return what was asked for since the last call."""
        return self.pending.pop(0) if self.pending else ""

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.interrupts += number == signal.SIGINT
        if self.interrupts > 1 and number == signal.SIGINT:
            # The user has no patience for a snapshot, or the step hangs.
            _tell(f"{SHOW_CURSOR}\nended at once, without a snapshot\n")
            os._exit(1)
        effect = self.effects[signal.Signals(number)]
        if effect != "none":
            self.pending.append(effect)
        if number == signal.SIGINT and effect == "stop":
            _tell("\nstopping after this step; Ctrl-C again ends at once\n")

    def __enter__(self) -> Signals:
        if threading.current_thread() is not threading.main_thread():
            return self  # Python leaves signals to the main thread
        for number in self.effects:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _tell(text: str) -> None:
    """Write to standard error, if there is one."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()

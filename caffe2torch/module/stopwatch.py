"""How long something takes where nothing disturbs it."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf


def fastest(action: Callable[[], object], runs: int, enough: float = inf) -> float:
    """Seconds of the fastest of `runs` runs; none begins once they took `enough` seconds."""
    best, spent = inf, 0.0
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds = time.perf_counter() - start
        best, spent = min(best, seconds), spent + seconds
        if spent >= enough:
            break
    return best

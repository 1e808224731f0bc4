"""Paired timing: two things in turn, so that a machine that drifts slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Median of ours / theirs over the pairs; seconds are the medians of each side."""

    name: str
    ours: float
    theirs: float
    ratio: float
    goal: float
    against: str

    def line(self) -> str:
        verdict = "ok" if self.ratio <= self.goal else "MISSES"
        return (
            f"{self.name}: {self.ratio:.3f} times {self.against} "
            f"({self.ours * 1e3:.1f} ms against {self.theirs * 1e3:.1f} ms; "
            f"goal {self.goal:g}: {verdict})"
        )


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def paired(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    goal: float,
    against: str,
    runs: int = 7,
) -> Ratio:
    """Time both in turn `runs` times after one warm-up of each."""
    ours(), theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    ratio = statistics.median(a / b for a, b in times)
    a, b = (statistics.median(side) for side in zip(*times, strict=True))
    return Ratio(name, a, b, ratio, goal, against)

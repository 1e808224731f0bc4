"""Paired timing: two things in turn, so that a machine that drifts slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Median of ours / theirs over the pairs; ours and theirs are the medians of each side.

    unit: "s", or "MB" of 2^20 bytes
    """

    name: str
    ours: float
    theirs: float
    ratio: float
    goal: float
    against: str
    unit: str = "s"

    @classmethod
    def of(
        cls, name: str, ours: list[float], theirs: list[float], goal: float, against: str,
        steps: int = 1,
    ) -> Ratio:  # fmt: skip
        """Compare the seconds of runs in turn, each of which took `steps` steps."""
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        a, b = (statistics.median(side) / steps for side in (ours, theirs))
        return cls(name, a, b, ratio, goal, against)

    def line(self) -> str:
        verdict = "ok" if self.ratio <= self.goal else "MISSES"
        return (
            f"{self.name}: {self.ratio:.3f} times {self.against} "
            f"({self.shown(self.ours)} against {self.shown(self.theirs)}; "
            f"goal {self.goal:g}: {verdict})"
        )

    def shown(self, value: float) -> str:
        """One side with its unit."""
        return f"{value * 1e3:,.1f} ms" if self.unit == "s" else f"{value:,.0f} {self.unit}"


def seconds(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    action()
    return clock() - start


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
    times = in_turn({"ours": ours, "theirs": theirs}, runs)
    return Ratio.of(name, times["ours"], times["theirs"], goal, against)


def in_turn(
    sides: Mapping[str, Callable[[], object]],
    runs: int,
    clock: Callable[[], float] = time.perf_counter,
    pause: float = 0.0,
) -> dict[str, list[float]]:
    """The seconds of each side, timed in turn `runs` times after one warm-up of each.

    pause: seconds in front of each run, in which threads of the side before go to sleep
    """
    for action in sides.values():
        action()
    times: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(runs):
        for side, action in sides.items():
            time.sleep(pause)
            times[side].append(seconds(action, clock))
    return times

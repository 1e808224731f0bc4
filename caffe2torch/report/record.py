"""A run as a report shows it, wherever it was read. Plain values; no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from caffe2torch.health.observation import Observation
from caffe2torch.train.table import Curve


@dataclass(frozen=True)
class HeatMap:
    """A number a layer and iteration.

    title:      what it is
    rows:       layer -> value at each iteration, NaN where it was not measured
    iterations: in order
    """

    title: str
    iterations: list[int]
    rows: dict[str, list[float]]


@dataclass(frozen=True)
class Picture:
    """A PNG, and what it shows, for those who do not see it."""

    title: str
    text: str
    png: bytes


@dataclass
class Record:
    """One run.

    name:     short, to tell it from the others
    curves:   column of metrics.csv -> iterations and values
    findings: what was seen in it, in the order of the iterations
    notes:    what else is to be known, a sentence each
    maps:     layers against iterations, none unless the monitor measured them
    pictures: inputs and filters, where there are some
    lint:     what the lint said before the run, with source lines; "" for nothing
    facts:    command and machine, heading -> value
    max_iter: iterations that were wanted, 0 for unknown
    end:      "Done", "stopped early", or "" for a run that is still at work or was killed
    """

    name: str
    curves: dict[str, Curve] = field(default_factory=dict)
    findings: list[Observation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    maps: list[HeatMap] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    lint: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    max_iter: int = 0
    end: str = ""

    @property
    def iteration(self) -> int:
        """The last iteration that was shown."""
        return max((i for curve in self.curves.values() for i, _ in curve), default=0)

    @property
    def failed(self) -> bool:
        """Whether something was seen that keeps a run from learning."""
        return any(finding.fatal for finding in self.findings)


def verdict(record: Record) -> str:
    """Return how far a run came, and with which loss and scores, in a sentence or two."""
    ends = {"Done": "finished", "stopped early": "stopped"}
    state = ends.get(record.end, "not finished")
    if record.failed:
        state = "failed"
    of = f" of {record.max_iter}" if record.max_iter else ""
    parts = [f"{state} at iteration {record.iteration}{of}", *_losses(record.curves)]
    parts += [_score(name, curve) for name, curve in record.curves.items() if _is_score(name)]
    return "; ".join(parts)


def _losses(curves: Mapping[str, Curve]) -> list[str]:
    curve = curves.get("loss", [])
    if not curve:
        return []
    return [f"loss {curve[0][1]:.4g} at first, {curve[-1][1]:.4g} at last"]


def _is_score(name: str) -> bool:
    return name.startswith("test") and "loss" not in name.lower()


def _score(name: str, curve: Curve) -> str:
    finite = [(value, i) for i, value in curve if math.isfinite(value)]
    if not finite:
        return f"{name} is no number"
    best, where = max(finite)
    return f"{name} {curve[-1][1]:.4g} at last, largest {best:.4g} at {where}"

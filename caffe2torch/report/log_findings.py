"""What a log shows of runs that did not learn, in the words of the monitor's detectors."""

from __future__ import annotations

import math
from collections.abc import Iterator

from caffe2torch.health.detectors import (
    c2t606_loss_plateau,
    c2t607_metric_frozen,
    c2t608_nan_or_inf,
    c2t609_diverged,
    seen,
)
from caffe2torch.health.history import History
from caffe2torch.health.observation import Observation
from caffe2torch.report.caffe_log import Log

ENOUGH = 5
"""Losses that stand still before that is called a plateau."""


def observe(log: Log) -> Iterator[Observation]:
    """What the log shows of runs that did not learn."""
    values = list(log.losses.items())
    bad = next((i for i, loss in values if not math.isfinite(loss)), None)
    if bad is not None:
        evidence = f"the loss is no number from iteration {bad} on"
        yield seen(c2t608_nan_or_inf, bad, evidence, fatal=True)
    at_limit = [i for i, loss in values if c2t609_diverged.at_limit(loss)]
    if len(at_limit) > 1:
        evidence = f"the loss is 87.3365 from iteration {at_limit[0]} on: it diverged"
        yield seen(c2t609_diverged, at_limit[0], evidence, fatal=True)
    yield from _plateau(log)
    last = max(log.losses, default=0)
    scores = {key: list(values.items()) for key, values in log.tests.items()}
    for evidence, _, _ in c2t607_metric_frozen.check(History(scores=scores)):
        yield seen(c2t607_metric_frozen, last, evidence)


def _plateau(log: Log) -> Iterator[Observation]:
    """The second half of the losses at ln(C): of the whole loss, or of each of several."""
    chance = History(classes=log.classes).chance
    outputs = [curve for name, curve in log.train.items() if "loss" in name.lower()]
    halves = [_second_half(log.losses)], [_second_half(curve) for curve in outputs]
    if chance and any(half and all(_stands_at(part, chance) for part in half) for half in halves):
        evidence = f"the loss stays at ln({log.classes}) = {chance:.4f}: nothing was learned"
        yield seen(c2t606_loss_plateau, max(log.losses, default=0), evidence)


def _second_half(curve: dict[int, float]) -> list[float]:
    values = list(curve.values())
    return values[len(values) // 2 :]


def _stands_at(values: list[float], chance: float) -> bool:
    """Whether five losses or more are those of a guess."""
    return len(values) >= ENOUGH and all(c2t606_loss_plateau.at_chance(v, chance) for v in values)


def restarts(log: Log) -> str:
    """Where a log of several runs has their beginnings, "" for a single run."""
    if len(log.starts) < 2:
        return ""
    places = ", ".join(map(str, log.starts))
    return f"the log holds {len(log.starts)} runs, which begin at iterations {places}"

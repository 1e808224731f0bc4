"""The learning rate over a run, and how much data the run sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from caffe2torch.config.project import Project
from caffe2torch.config.source import SourceUse
from caffe2torch.errors import C2TError

KNOWN_SETS = (
    (re.compile(r"tiny|mini|sub|small|sample|val|test|mean|\d+[_-]?class", re.IGNORECASE), 0),
    (re.compile(r"ilsvrc|imagenet", re.IGNORECASE), 1_281_167),
    (re.compile(r"cifar", re.IGNORECASE), 50_000),
    (re.compile(r"mnist", re.IGNORECASE), 60_000),
)
"""Sizes of well-known training sets, for a path that names one and is not there."""


def rate_of(project: Project) -> Callable[[int], float] | None:
    """The rate as a function of the iteration; None for a policy that is unknown or incomplete."""
    from caffe2torch.config import policies

    try:
        policy: Any = policies.from_solver(project.solver)
    except C2TError:
        return None
    if project.param.lr_policy != "multistep":
        return lambda iteration: float(policy.rate(iteration))
    drops, base, gamma = (
        drops_of(project.param.stepvalue),
        project.param.base_lr,
        project.param.gamma,
    )
    return lambda iteration: float(base * gamma ** sum(iteration >= drop for drop in drops))


def drops_of(stepvalue: Any) -> list[int]:
    """Iterations at which `multistep` lowers the rate: at most one at a time, in the file's order.

    Source: Caffe src/caffe/solvers/sgd_solver.cpp, GetLearningRate
    """
    drops: list[int] = []
    for value in stepvalue:
        drops.append(max(int(value), drops[-1] + 1 if drops else 0))
    return drops


def first_below(rate: Callable[[int], float], limit: float, end: int) -> int | None:
    """The first iteration before `end` whose rate is below `limit`, for a rate that only falls."""
    if end < 1 or not rate(end - 1) < limit:
        return None
    low, high = -1, end - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if rate(middle) < limit else (middle, high)
    return high


def training_set(project: Project) -> tuple[SourceUse | None, int, str]:
    """The TRAIN layer that reads records, their number (0: unknown), and how that is known."""
    source = next((s for s in project.train.sources if s.batch_size and s.source), None)
    if source is None:
        return None, 0, ""
    if source.records is not None:
        return source, source.records, ""
    count = next((n for pattern, n in KNOWN_SETS if pattern.search(source.source)), 0)
    return source, count, f' (the known size of a set like "{source.source}")' if count else ""


def driven(project: Project) -> bool:
    """Whether a program is likely to step the solver and to save for itself.

    It does where Python layers bring the data, where nothing does, and maybe where the net is not
    there.
    """
    layers = [layer for net in project.known_nets for layer in net.message.layer]
    if not layers or any(layer.type == "Python" for layer in layers):
        return True
    return not any(source.source for source in project.sources)


def epochs(project: Project, iterations: int) -> float | None:
    """How often `iterations` updates go through the training set; None if nobody knows."""
    source, records, _ = training_set(project)
    if source is None or not records:
        return None
    count: float = iterations * source.batch_size * max(1, project.param.iter_size) / records
    return count

"""What a solver will do: how far, at which rates, tested how often, saved where."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import isfinite
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config import schedule as lint
from caffe2torch.config.files import Unavailable
from caffe2torch.errors import C2TError
from caffe2torch.inspect import uses
from caffe2torch.inspect.values import shortest
from caffe2torch.lint.context import Context

POINTS = 200
FACTORS, STEEP = ("step", "multistep", "exp"), 20.0
LISTED = 1000
"""Milestones at most."""


class Schedule:
    """A solver and what it refers to."""

    def __init__(self, context: Context) -> None:
        self.context, self.param = context, context.param
        self.end = int(self.param.max_iter)
        self.read_failures = list(context.failures)

    @cached_property
    def rate(self) -> Callable[[int], float] | None:
        """The rate of each iteration, in float32; None if the policy is incomplete."""
        return lint.rate_of(self.context)

    @cached_property
    def rate_error(self) -> str:
        """Why there is no rate."""
        from caffe2torch.config import policies

        try:
            policies.from_solver(self.context.solver)
        except C2TError as error:
            return str(error)
        return ""

    @cached_property
    def milestones(self) -> list[int]:
        """Iterations at which the rate drops; quarters of the run where it falls all the time."""
        last = max(self.end - 1, 0)
        if self.param.lr_policy == "step" and self.param.stepsize > 0:
            drops = list(range(0, self.end, self.param.stepsize)[:LISTED])
        elif self.param.lr_policy == "multistep":
            drops = [0, *(drop for drop in lint.drops_of(self.param.stepvalue) if drop <= last)]
        elif self.param.lr_policy == "fixed":
            drops = [0]
        else:
            drops = [round(last * share / 4) for share in range(4)]
        return sorted({*drops, last})

    def epoch(self, iteration: int) -> float | None:
        """How often the training set has been seen; None where its size is unknown."""
        try:
            return lint.epochs(self.context, iteration)
        except Unavailable:
            return None

    @property
    def rates(self) -> list[dict[str, Any]]:
        if self.rate is None:
            return []
        return [
            {"iteration": i, "epoch": self.epoch(i), "rate": shortest(self.rate(i))}
            for i in self.milestones
        ]

    @property
    def method(self) -> str:
        return str(self.param.type)

    @cached_property
    def nets(self) -> list[uses.Use]:
        return uses.uses(self.context, self.method)

    @property
    def notes(self) -> list[str]:
        """What could not be read or is worth a word, once each."""
        failures = [str(error) for error in self.context.failures]
        return list(dict.fromkeys([*self.context.solver.notes, *failures]))

    @cached_property
    def training_set(self) -> tuple[int, int, str]:
        """Batch size, records and how their number is known; 0 where it is not."""
        try:
            source, records, how = lint.training_set(self.context)
        except Unavailable:
            return 0, 0, ""
        return (source.batch_size if source else 0), records, how

    @property
    def data(self) -> dict[str, Any]:
        param, (batch, records, _) = self.param, self.training_set
        return {
            "type": self.method,
            "base_lr": shortest(param.base_lr),
            "lr_policy": param.lr_policy,
            "momentum": shortest(param.momentum),
            "weight_decay": shortest(param.weight_decay),
            "regularization_type": param.regularization_type,
            "max_iter": self.end,
            "iter_size": param.iter_size,
            "batch": batch or None,
            "records": records or None,
            "epochs": self.epoch(self.end),
            "rates": self.rates,
            "rate_error": self.rate_error or None,
            "nets": [use.data for use in self.nets],
            "test_interval": param.test_interval,
            "display": param.display,
            "snapshot": param.snapshot,
            "snapshot_prefix": param.snapshot_prefix,
            "snapshot_format": pb.SolverParameter.SnapshotFormat.Name(param.snapshot_format),
            "random_seed": param.random_seed,
            "notes": self.notes,
        }

    def points(self) -> list[tuple[int, float]]:
        """Iterations and finite rates all over the run, with both sides of each drop."""
        if self.rate is None:
            return []
        last = max(self.end - 1, 0)
        edges = {max(drop - side, 0) for drop in self.milestones for side in (0, 1)}
        steps = {round(last * i / POINTS) for i in range(POINTS + 1)}
        rates = [(i, self.rate(i)) for i in sorted(edges | steps)]
        return [(i, rate) for i, rate in rates if isfinite(rate)]

    @property
    def steep(self) -> bool:
        """Whether the rate falls by factors, far enough for a logarithmic axis."""
        rates = [rate for _, rate in self.points()]
        falls = self.param.lr_policy in FACTORS and min(rates, default=0) > 0
        return falls and max(rates) > STEEP * min(rates)

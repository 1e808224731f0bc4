"""The rate drops by the factor gamma every stepsize iterations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caffe2torch.config.policies.base import (
    Policy,
    Problem,
    f32,
    gamma_negative,
    raised,
    stepsize_missing,
)


@dataclass
class Step(Policy):
    """rate = base_lr · gamma^floor(iteration / stepsize); recomputed, so resuming is pure."""

    name = "step"

    gamma: float = 0.0
    stepsize: int = 0

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        self.current_step = iteration // self.stepsize
        return f32(f32(self.base_lr) * raised(f32(self.gamma), self.current_step))

    def problems(self) -> Iterator[Problem]:
        """Yield a missing stepsize and a negative gamma."""
        yield from stepsize_missing(self.stepsize)
        yield from gamma_negative(self.gamma)

"""The rate moves from one level to another around stepsize, along a logistic curve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

from caffe2torch.config.policies.base import (
    Policy,
    Problem,
    f32,
    gamma_negative,
    stepsize_missing,
)


@dataclass
class Sigmoid(Policy):
    """rate = base_lr · 1 / (1 + exp(−gamma · (iteration − stepsize))).

    gamma cannot be negative, so the rate rises to base_lr; half of it is reached at stepsize.
    """

    name = "sigmoid"

    gamma: float = 0.0
    stepsize: int = 0

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        exponent = f32(-f32(self.gamma) * f32(f32(iteration) - f32(self.stepsize)))
        # Beyond 88.73 a float32 exponential is infinite and the rate 0.
        raised = f32(exp(exponent)) if exponent < 700 else float("inf")
        return f32(f32(self.base_lr) * f32(1.0 / f32(1.0 + raised)))

    def problems(self) -> Iterator[Problem]:
        """Yield a negative gamma and a missing stepsize."""
        yield from gamma_negative(self.gamma)
        yield from stepsize_missing(self.stepsize)

"""The rate shrinks by the factor gamma in every iteration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caffe2torch.config.policies.base import Policy, Problem, f32, gamma_negative, raised


@dataclass
class Exp(Policy):
    """rate = base_lr · gamma^iteration."""

    name = "exp"

    gamma: float = 0.0

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        return f32(f32(self.base_lr) * raised(f32(self.gamma), iteration))

    def problems(self) -> Iterator[Problem]:
        """Yield a negative gamma."""
        yield from gamma_negative(self.gamma)

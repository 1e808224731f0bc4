"""The rate falls as a power of the iteration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caffe2torch.config.policies.base import Policy, Problem, f32, gamma_negative


@dataclass
class Inv(Policy):
    """rate = base_lr · (1 + gamma · iteration)^(−power); a power of 0 leaves it constant."""

    name = "inv"

    gamma: float = 0.0
    power: float = 0.0

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        # Rounded once, as the fused multiply-add does that made the reference data.
        base = f32(1.0 + f32(self.gamma) * iteration)
        return f32(f32(self.base_lr) * f32(base ** -f32(self.power)))

    def problems(self) -> Iterator[Problem]:
        """Yield a negative gamma."""
        yield from gamma_negative(self.gamma)

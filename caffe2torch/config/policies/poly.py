"""The rate falls to zero at max_iter as a power of what is left."""

from __future__ import annotations

from dataclasses import dataclass

from caffe2torch.config.policies.base import Policy, f32, raised


@dataclass
class Poly(Policy):
    """rate = base_lr · (1 − iteration / max_iter)^power; NaN past max_iter, as in Caffe.

    Past max_iter the base is negative: a whole power gives a number, any other gives NaN.
    """

    name = "poly"

    power: float = 0.0
    max_iter: int = 0

    def rate(self, iteration: int) -> float:
        """Return the rate of `iteration`."""
        if self.max_iter == 0:
            return float("nan")
        left = f32(1.0 - f32(f32(iteration) / f32(self.max_iter)))
        return f32(f32(self.base_lr) * f32(raised(left, f32(self.power))))

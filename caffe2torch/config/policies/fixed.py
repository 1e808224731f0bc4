"""The rate never changes."""

from __future__ import annotations

from dataclasses import dataclass

from caffe2torch.config.policies.base import Policy, f32


@dataclass
class Fixed(Policy):
    """rate = base_lr."""

    name = "fixed"

    def rate(self, iteration: int) -> float:
        """Return base_lr."""
        return f32(self.base_lr)

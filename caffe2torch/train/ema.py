"""--ema: a moving average of the weights, tested beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

RAMP = 10
"""How the decay rises: (1 + n) / (RAMP + n) after n updates, where that is less."""


class Ema:
    """An exponential moving average of all numbers of a net, BatchNorm's statistics included.

    decay:  the share of the old average, 0 to 1
    warmup: let the decay ramp up with the iterations, so that an early average is not mostly the
            initial weights

    It begins with the weights that the net has before its first update.
    Source: Polyak and Juditsky 1992; the ramp: TensorFlow's tf.train.ExponentialMovingAverage
    """

    def __init__(self, decay: float, warmup: bool = True) -> None:
        self.decay, self.warmup, self.updates = decay, warmup, 0
        self.average: dict[str, Tensor] = {}

    def begin(self, net: nn.Module) -> None:
        """Start with a net's weights, unless there is an average already."""
        if not self.average:
            self.average = {name: value.detach().clone() for name, value in floats(net).items()}

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """Take in the weights after an update."""
        self.updates += 1
        ramp = (1 + self.updates) / (RAMP + self.updates)
        decay = min(self.decay, ramp) if self.warmup else self.decay
        values = [value.detach() for value in floats(net).values()]
        torch._foreach_lerp_(list(self.average.values()), values, 1 - decay)

    @contextmanager
    def applied(self, net: nn.Module) -> Iterator[None]:
        """Let a net have the average for a while."""
        values = floats(net)
        raw = {name: value.detach().clone() for name, value in values.items()}
        try:
            _copy(values, self.average)
            yield
        finally:
            _copy(values, raw)

    def state(self) -> dict[str, Any]:
        """Return what a snapshot keeps."""
        return {"updates": self.updates, "average": self.average}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.updates = state["updates"]
        self.average = {name: value.clone() for name, value in state["average"].items()}


def floats(net: nn.Module) -> dict[str, Tensor]:
    """Return the floating-point tensors of a net's state, by name."""
    return {name: v for name, v in net.state_dict().items() if v.is_floating_point()}


@torch.no_grad()
def _copy(values: dict[str, Tensor], source: dict[str, Tensor]) -> None:
    for name, value in values.items():
        value.copy_(source[name])

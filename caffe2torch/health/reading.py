"""Reads the loss of each iteration and the size of its gradients, without making a GPU wait."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Reading:
    """Loss of one iteration and the sum of its gradients' norms, no number if one value is none."""

    iter: int
    loss: float
    gradient: float


@dataclass(frozen=True)
class Pending:
    """Numbers on their way from a device."""

    iter: int
    values: Tensor
    arrived: torch.cuda.Event | None


class Reader:
    """Hands out readings; on a GPU those of the iteration before, which has finished meanwhile.

    lag: how many iterations may be on their way; 0 on a processor, where nothing has to be awaited
    """

    def __init__(self, lag: int) -> None:
        self.lag = lag
        self.pending: list[Pending] = []

    def read(self, iteration: int, loss: Tensor, gradients: list[Tensor]) -> list[Reading]:
        """Take in an iteration; return those that have arrived, in order."""
        values = torch.stack([loss, *gradients])
        self.pending.append(sent(iteration, values))
        ready, self.pending = split(self.pending, self.lag)
        return [received(one) for one in ready]

    def rest(self) -> list[Reading]:
        """Return what is still on its way."""
        ready, self.pending = self.pending, []
        return [received(one) for one in ready]


def split(pending: list[Pending], lag: int) -> tuple[list[Pending], list[Pending]]:
    """Return those to be read now, and the newest, which stay on their way."""
    count = max(len(pending) - lag, 0)
    return pending[:count], pending[count:]


def sent(iteration: int, values: Tensor) -> Pending:
    """Let numbers begin their way to the processor."""
    if values.device.type != "cuda":
        return Pending(iteration, values, None)
    host = torch.empty(values.shape, pin_memory=True)
    host.copy_(values, non_blocking=True)
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record()
    return Pending(iteration, host, arrived)


def received(one: Pending) -> Reading:
    """Return the numbers, once they have arrived."""
    if one.arrived is not None:
        one.arrived.synchronize()
    loss, *gradients = one.values.tolist()
    return Reading(one.iter, loss, sum(gradients))

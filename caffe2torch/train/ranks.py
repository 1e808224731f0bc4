"""What a run asks of the other processes that train with it; alone, there are none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn


class Ranks:
    """A single process. `distributed.Group` answers the same for many.

    rank, world: this process among all; rank 0 tests, logs and writes snapshots
    device:      where this process trains, None to go by flags and solver
    """

    rank = 0
    world = 1
    device: torch.device | None = None

    @property
    def first(self) -> bool:
        """Whether this process is the one that talks."""
        return self.rank == 0

    def wrap(self, net: nn.Module, sync_bn: bool) -> nn.Module:
        """Return the net whose backward averages gradients over all processes.

        sync_bn: BatchNorm takes its statistics over all processes too
        """
        return net

    def apart(self) -> AbstractContextManager[Any]:
        """Return a context in which gradients stay where they are."""
        return nullcontext()

    def means(self, values: Sequence[float]) -> list[float]:
        """Return the mean of each value over all processes."""
        return list(values)

    def agree(self, request: str) -> str:
        """Return the request that any process has, so that all act on it together."""
        return request

    def gather(self, thing: Any) -> list[Any]:
        """Return what each process passes, in the order of the ranks."""
        return [thing]

    def same(self, thing: Any) -> Any:
        """Return what rank 0 passes."""
        return thing

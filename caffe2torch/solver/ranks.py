"""What a run asks of the other processes that train with it; alone, there are none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch import nn


class Ranks:
    """A single process. `distributed.Group` answers the same for many.

    rank, world: this process among all; rank 0 tests, logs and writes snapshots
    """

    rank = 0
    world = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that talks."""
        return self.rank == 0

    def wrap(self, net: nn.Module) -> nn.Module:
        """Return the net whose backward averages gradients over all processes."""
        return net

    def apart(self, net: nn.Module) -> AbstractContextManager[Any]:
        """Return a context in which a wrapped net's gradients stay where they are."""
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

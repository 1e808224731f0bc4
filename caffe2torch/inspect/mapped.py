"""Reads weights where they lie: arrays are views into the mapped file, nothing is copied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caffe2torch.weights.wire import Item, Wire, opened


@dataclass
class MappedWire(Wire):
    """A file whose runs of numbers are views; they may lie at odd addresses."""

    bytes_: NDArray[np.uint8]

    def numbers(self, items: list[Item], dtype: str) -> NDArray[Any]:
        """View one run of numbers, copy several."""
        item = items[0]
        if len(items) > 1 or (item.end - item.start) % np.dtype(dtype).itemsize:
            return super().numbers(items, dtype)
        return self.bytes_[item.start : item.end].view(dtype)


@contextmanager
def mapped(path: str, kind: str) -> Iterator[Wire]:
    """Open a binary file of Caffe's as `weights.wire.opened` does, its numbers as views."""
    with opened(path, kind) as wire:
        view = np.memmap(path, np.uint8, "r")
        yield MappedWire(wire.file, wire.name, wire.kind, wire.size, view)

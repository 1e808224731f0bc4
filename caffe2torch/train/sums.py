"""The scores of a net, summed batch by batch.

Source: Caffe src/caffe/solver.cpp, Test; tools/caffe.cpp, test
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor


class Sums:
    """The scores of a test net, summed over its batches; `names` says whose output each is.

    Where an output has more values in one batch than in another, Caffe adds them to those of other
    outputs; here the values that all batches have are summed, and that is told.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self.note, self.noted = note, set[str]()
        self.values, self.names = torch.zeros(0), [""]

    def add(self, batch: Tensor, names: list[str]) -> None:
        """Add the scores of a batch."""
        if self.names == [""]:
            self.values, self.names = batch, list(names)
        elif self.names == names:
            self.values = self.values + batch
        else:
            self._add_common(batch, names)

    def _add_common(self, batch: Tensor, names: list[str]) -> None:
        counts = {name: min(names.count(name), self.names.count(name)) for name in {*names}}
        here, there = (leading(each, counts) for each in (self.names, names))
        for name in sorted({*names, *self.names}):
            if names.count(name) != self.names.count(name) and name not in self.noted:
                self.noted.add(name)
                self.note(
                    f'test output "{name}" has another number of values from batch to batch: '
                    "those that all batches have are averaged"
                )
        self.values = self.values[here] + batch[there]
        self.names = [self.names[i] for i in here]


def numbered(names: list[str]) -> list[str]:
    """Return the names, those that come several times as name[0], name[1], ..."""
    counts, seen = Counter(names), Counter[str]()
    unique = []
    for name in names:
        unique.append(f"{name}[{seen[name]}]" if counts[name] > 1 else name)
        seen[name] += 1
    return unique


def leading(names: list[str], counts: dict[str, int]) -> list[int]:
    """Return the places of the first `counts[name]` entries of each name."""
    seen: Counter[str] = Counter()
    places = []
    for i, name in enumerate(names):
        if seen[name] < counts.get(name, 0):
            places.append(i)
        seen[name] += 1
    return places

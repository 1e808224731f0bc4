"""--shuffle: records in another order, with a memory that is bounded and a place to go on from."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from caffe2torch.module.feed import Feed

MEMORY = 256 << 20
"""Bytes of the batches that are mixed at a time."""
FEWEST, MOST = 2, 256
"""Batches that are mixed at a time."""


class Shuffled:
    """The batches of a feed with their images mixed, block by block.

    A block is as many batches as fit the memory. All tops of a batch are mixed alike, so that
    labels stay with their images; where the tops have different numbers of items, whole batches
    change places. The order comes from the feed's seed and the number of the block, and is another
    one in every pass. Only where the block began has to be remembered to go on.
    """

    def __init__(self, feed: Feed, memory: int = MEMORY) -> None:
        self.feed, self.memory = feed, memory
        self.count = self.block = self.place = 0
        self.start: dict[str, Any] = {}
        self.pool: list[dict[str, Tensor]] = []

    def __next__(self) -> dict[str, Tensor]:
        """Return the next batch. Raises: DataError for what went wrong while making it."""
        if self.place == len(self.pool):
            self._fill()
        self.place += 1
        return self.pool[self.place - 1]

    def _fill(self) -> None:
        self.start = self.feed.state()
        batches = [next(self.feed)]
        self.count = self.count or self._batches(batches[0])
        batches += [next(self.feed) for _ in range(self.count - 1)]
        generator = torch.Generator().manual_seed((self.feed.seed + 7919 * self.block) % (1 << 63))
        self.pool, self.place = mixed(batches, generator), 0
        self.block += 1

    def _batches(self, batch: dict[str, Tensor]) -> int:
        size = sum(value.numel() * value.element_size() for value in batch.values())
        return min(max(self.memory // max(size, 1), FEWEST), MOST)

    @property
    def notes(self) -> list[str]:
        """What a user should be told."""
        return self.feed.notes

    @property
    def nodes(self) -> dict[str, Any]:
        """The source layers, by name."""
        return self.feed.nodes

    def state(self) -> dict[str, Any]:
        """Return, in JSON's types, where the batches handed out so far end."""
        start = self.start or self.feed.state()
        return {"feed": start, "block": self.block, "place": self.place, "count": self.count}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on after the batches that had been handed out; a plain feed's state begins a block."""
        shuffled = "feed" in state
        self.feed.restore(state["feed"] if shuffled else state)
        self.pool, self.place, self.start = [], 0, {}
        if shuffled:
            self.count, self.block = state["count"], state["block"]
            if self.block:
                self.block -= 1
                self._fill()
                self.place = state["place"]

    def close(self) -> None:
        """Stop reading data."""
        self.feed.close()


def mixed(batches: list[dict[str, Tensor]], generator: torch.Generator) -> list[dict[str, Tensor]]:
    """Return batches of the same sizes with their items in another order."""
    counts = [{len(value) if value.ndim else 0 for value in batch.values()} for batch in batches]
    if any(count != counts[0] or len(count) != 1 for count in counts):
        return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]
    (size,) = counts[0]
    order = torch.randperm(size * len(batches), generator=generator)
    parts: list[dict[str, Tensor]] = [{} for _ in batches]
    for top in batches[0]:
        items = torch.cat([batch[top] for batch in batches])
        for i, part in enumerate(parts):
            part[top] = items[order[i * size : (i + 1) * size]]
    return parts

"""Items in rows, with a stand-in in every row that a long arrow passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from caffe2torch.draw.layout import Task

GAP, NARROW_GAP = 26.0, 12.0
STAND_IN = 4.0


@dataclass
class Rows:
    """The items of a task and stand-ins behind them, as rows in an order from left to right.

    chains: for each arrow the items from its tail to its head, one a row
    """

    rank: list[int]
    widths: list[float]
    real: int
    chains: list[list[int]] = field(default_factory=list)
    up: list[list[int]] = field(default_factory=list)
    down: list[list[int]] = field(default_factory=list)
    order: list[list[int]] = field(default_factory=list)

    @classmethod
    def of(cls, task: Task, rank: list[int]) -> Rows:
        """Insert the stand-ins; each row is in the order of a walk along the arrows."""
        rows = cls(list(rank), [w for w, _ in task.sizes], len(rank))
        rows.chains = [rows._chain(tail, head) for tail, head in task.arrows]
        rows.up = [[] for _ in rows.rank]
        rows.down = [[] for _ in rows.rank]
        for chain in rows.chains:
            for a, b in pairwise(chain):
                rows.down[a].append(b)
                rows.up[b].append(a)
        rows._walk()
        return rows

    def _chain(self, tail: int, head: int) -> list[int]:
        between = range(self.rank[tail] + 1, self.rank[head])
        made = list(range(len(self.rank), len(self.rank) + len(between)))
        self.rank += between
        self.widths += [STAND_IN] * len(made)
        return [tail, *made, head]

    def _walk(self) -> None:
        self.order = [[] for _ in range(max(self.rank, default=-1) + 1)]
        seen = [False] * len(self.rank)
        for start in range(len(self.rank)):
            pending = [start] if not self.up[start] else []
            while pending:
                item = pending.pop()
                if not seen[item]:
                    seen[item] = True
                    self.order[self.rank[item]].append(item)
                    pending += reversed(self.down[item])

    def stand_in(self, item: int) -> bool:
        """Whether an item only stands for an arrow that passes its row."""
        return item >= self.real

    def distance(self, left: int, right: int) -> float:
        """Least distance between the centres of neighbours in a row."""
        narrow = self.stand_in(left) or self.stand_in(right)
        gap = NARROW_GAP if narrow else GAP
        return (self.widths[left] + self.widths[right]) / 2 + gap

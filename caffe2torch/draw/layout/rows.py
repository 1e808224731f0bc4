"""Items in rows: arrows go down and are short, and stand-ins hold the rows that they pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from caffe2torch.draw.layout.plan import Task

GAP, NARROW_GAP = 26.0, 12.0  # between neighbours in a row, and beside a stand-in
STAND_IN = 4.0  # width of a stand-in
PASSES = 8  # over all items, to shorten their arrows


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
        stand_ins = list(range(len(self.rank), len(self.rank) + len(between)))
        self.rank += between
        self.widths += [STAND_IN] * len(stand_ins)
        return [tail, *stand_ins, head]

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


def ranks(task: Task) -> list[int]:
    """Rows from 0, every arrow at least one row down, tied ones exactly one."""
    host = {head: tail for tail, head in task.tied}
    needs = sorted({_need(tail, head, host) for tail, head in task.arrows} - {(-1, -1, 0)})
    into: list[list[tuple[int, int]]] = [[] for _ in task.sizes]
    out: list[list[tuple[int, int]]] = [[] for _ in task.sizes]
    for tail, head, least in needs:
        out[tail].append((head, least))
        into[head].append((tail, least))
    row = [0] * len(task.sizes)
    for item in range(len(row)):
        row[item] = max((row[tail] + least for tail, least in into[item]), default=0)
    _shorten(row, into, out)
    for tag, tail in host.items():
        row[tag] = row[tail] + 1
    return _without_gaps(row)


def _need(tail: int, head: int, host: dict[int, int]) -> tuple[int, int, int]:
    """An arrow as a demand on boxes: a tag is one row below its own box."""
    if host.get(head) == tail:
        return -1, -1, 0
    return (host[tail], head, 2) if tail in host else (tail, head, 1)


def _shorten(
    row: list[int], into: list[list[tuple[int, int]]], out: list[list[tuple[int, int]]]
) -> None:
    """Move what has more arrows on one side than on the other towards that side."""
    for _ in range(PASSES):
        before = list(row)
        for item in reversed(range(len(row))):
            if len(out[item]) > len(into[item]):
                row[item] = min(row[head] - least for head, least in out[item])
        for item in range(len(row)):
            if len(into[item]) > len(out[item]):
                row[item] = max(row[tail] + least for tail, least in into[item])
        if row == before:
            return


def _without_gaps(row: list[int]) -> list[int]:
    place = {r: i for i, r in enumerate(sorted(set(row)))}
    return [place[r] for r in row]

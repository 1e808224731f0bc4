"""Arrows that may not pull items above one another, because a long arrow has the right of way.

Source: Brandes, Köpf, 2001, algorithm 1
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.draw.layout.crossings import places
from caffe2torch.draw.layout.rows import Rows

Pair = tuple[int, int]


def conflicts(rows: Rows) -> Iterator[Pair]:
    """Arrows that cross a piece of a long one: the long one goes straight."""
    place = places(rows)
    for row in rows.order[1:]:
        pieces = [(place[rows.up[b][0]], place[b]) for b in row if _inner(rows, b)]
        left = 0
        for i, (_, at) in enumerate([*pieces, (0, len(row) - 1)]):
            low = pieces[i - 1][0] if i else -1
            high = pieces[i][0] if i < len(pieces) else len(rows.rank)
            for item in row[left : at + 1]:
                for above in rows.up[item]:
                    inner = rows.stand_in(item) and rows.stand_in(above)
                    if not low <= place[above] <= high and not inner:
                        yield above, item
            left = at + 1


def _inner(rows: Rows, item: int) -> bool:
    return rows.stand_in(item) and rows.stand_in(rows.up[item][0])

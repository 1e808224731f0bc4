"""How often arrows cross.

Source: Barth, Jünger, Mutzel, Simple and efficient bilayer cross counting, 2002
"""

from __future__ import annotations

from caffe2torch.draw.layout.rows import Rows


def places(rows: Rows) -> list[int]:
    """The place of each item in its row."""
    place = [0] * len(rows.rank)
    for row in rows.order:
        for i, item in enumerate(row):
            place[item] = i
    return place


def crossings(rows: Rows) -> int:
    """How often arrows cross, between all neighbouring rows."""
    place = places(rows)
    return sum(_between(rows, row, place) for row in rows.order[:-1])


def _between(rows: Rows, row: list[int], place: list[int]) -> int:
    """Count pairs out of order with a tree of sums over the lower row."""
    heads = [p for item in row for p in sorted(place[n] for n in rows.down[item])]
    size = max(heads, default=0) + 1
    tree = [0] * (size + 1)
    found = 0
    for seen, head in enumerate(heads):
        before, i = 0, head + 1
        while i:
            before += tree[i]
            i &= i - 1
        found += seen - before
        i = head + 1
        while i <= size:
            tree[i] += 1
            i += i & -i
    return found

"""The order in each row that makes arrows cross as little as possible.

Source: Sugiyama, Tagawa, Toda, Methods for visual understanding of hierarchical system
        structures, 1981 (barycentres); Barth, Jünger, Mutzel, Simple and efficient bilayer cross
        counting, 2002
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from caffe2torch.draw.layout.rows import Rows

SWEEPS = 16
PATIENCE = 4  # sweeps in a row without fewer crossings
MOST_FOR_SEVERAL = 3000  # items of a task that is tried from several starts
Order = list[list[int]]


def orders(rows: Rows) -> list[Order]:
    """The orders with the fewest crossings among all that sweeps from several starts go through.

    Sweeps start from the order of the rows and from its mirror image, downwards and upwards;
    a large task has one start.
    """
    start = rows.order
    several = len(rows.rank) <= MOST_FOR_SEVERAL
    tried: list[tuple[int, Order]] = []
    for mirrored, down in product((False, True), (True, False)) if several else [(False, True)]:
        rows.order = [row[::-1] if mirrored else list(row) for row in start]
        tried += _swept(rows, down)
    fewest = min(count for count, _ in tried)
    best = [order for count, order in tried if count == fewest]
    return [order for i, order in enumerate(best) if order not in best[:i]]


def _swept(rows: Rows, down: bool) -> Iterator[tuple[int, Order]]:
    """Orders with their crossings, from sweeping down and up over the rows until it is no use."""
    fewest, worse = crossings(rows), 0
    yield fewest, [list(row) for row in rows.order]
    for sweep in range(SWEEPS):
        if not fewest or worse == PATIENCE:
            return
        _sweep(rows, down=(sweep % 2 == 0) == down)
        _switch(rows, ties=sweep % 4 > 1)
        count = crossings(rows)
        worse = 0 if count < fewest else worse + 1
        if count <= fewest:
            fewest = count
            yield count, [list(row) for row in rows.order]


def _sweep(rows: Rows, down: bool) -> None:
    """Sort each row by the mean place of the neighbours in the row before it."""
    beside = rows.up if down else rows.down
    place = places(rows)
    for row in rows.order if down else reversed(rows.order):
        means = {
            item: sum(place[n] for n in beside[item]) / len(beside[item])
            if beside[item]
            else float(place[item])
            for item in row
        }
        row.sort(key=lambda item: means[item])
        for i, item in enumerate(row):
            place[item] = i


def _switch(rows: Rows, ties: bool) -> None:
    """Exchange neighbours wherever that removes crossings; with `ties`, also where it adds none."""
    place = places(rows)
    for row in rows.order:
        for i in range(len(row) - 1):
            a, b = row[i], row[i + 1]
            now = sum(_inversions(side[a], side[b], place) for side in (rows.up, rows.down))
            then = sum(_inversions(side[b], side[a], place) for side in (rows.up, rows.down))
            if then < now or (ties and then == now):
                row[i], row[i + 1] = b, a
                place[a], place[b] = i + 1, i


def _inversions(left: list[int], right: list[int], place: list[int]) -> int:
    return sum(place[a] > place[b] for a in left for b in right)


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
    crossed = 0
    for seen, head in enumerate(heads):
        before, i = 0, head + 1
        while i:
            before += tree[i]
            i &= i - 1
        crossed += seen - before
        i = head + 1
        while i <= size:
            tree[i] += 1
            i += i & -i
    return crossed

"""Positions in the rows, such that long arrows run straight and items stand under their likes.

Source: Brandes, Köpf, Fast and simple horizontal coordinate assignment, 2001; the positions of
        the blocks are longest ways in the graph of neighbouring blocks instead of their classes
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

from caffe2torch.draw.layout.ordering import places
from caffe2torch.draw.layout.rows import Rows

Gaps = dict[int, dict[int, float]]
"""For each block the blocks on its left, and how far away their centres must be."""
Pair = tuple[int, int]


@dataclass
class Alignment:
    """Blocks of items that stand exactly above one another, and a place for each.

    root: for each item the one that names its block; xs: centres, the same in a block
    """

    root: list[int]
    xs: list[float]


def alignments(rows: Rows) -> list[Alignment]:
    """The four: by the neighbours above or below, from the left or from the right."""
    crossed = set(conflicts(rows))
    return [_align(rows, crossed, down, right) for down, right in product((True, False), repeat=2)]


def balanced(four: list[Alignment]) -> list[float]:
    """The mean of the middle two of four alignments, the narrowest one's ends being common."""
    narrow = min((a.xs for a in four), key=lambda xs: max(xs, default=0) - min(xs, default=0))
    moved = []
    for i, alignment in enumerate(four):
        # Every second one is aligned to the left, and keeps the left end; the others the right.
        end = max if i % 2 == 0 else min
        shift = end(narrow, default=0) - end(alignment.xs, default=0)
        moved.append([x + shift for x in alignment.xs])
    return [sum(sorted(xs)[1:3]) / 2 for xs in zip(*moved, strict=True)]


def _align(rows: Rows, crossed: set[Pair], down: bool, right: bool) -> Alignment:
    order = rows.order if down else rows.order[::-1]
    order = [row[::-1] for row in order] if right else order
    beside = rows.up if down else rows.down
    root = _blocks(order, beside, crossed, len(rows.rank))
    xs = _compact(rows, order, root, right)
    return Alignment(root, [-x for x in xs] if right else xs)


def _blocks(
    order: list[list[int]], beside: list[list[int]], crossed: set[Pair], n: int
) -> list[int]:
    """For each item the first of those that stand exactly above one another with it."""
    root = list(range(n))
    place = {item: i for row in order for i, item in enumerate(row)}
    for row in order:
        last = -1
        for item in row:
            near = sorted(beside[item], key=place.__getitem__)
            for other in near[(len(near) - 1) // 2 : len(near) // 2 + 1]:
                blocked = (other, item) in crossed or (item, other) in crossed
                if root[item] == item and last < place[other] and not blocked:
                    root[item] = root[other]
                    last = place[other]
    return root


def gaps_before(rows: Rows, order: list[list[int]], root: list[int]) -> Gaps:
    """For each block those on its left side in some row, and how far away they must be."""
    before: Gaps = {block: {} for block in root}
    for row in order:
        for a, b in pairwise(row):
            gaps = before[root[b]]
            gaps[root[a]] = max(gaps.get(root[a], 0.0), rows.distance(a, b))
    return before


def _compact(rows: Rows, order: list[list[int]], root: list[int], right: bool) -> list[float]:
    """Push all blocks as far to the left as they go, then back to what follows them."""
    before = gaps_before(rows, order, root)
    sorted_blocks = sort_blocks(before)
    x: dict[int, float] = {}
    for block in sorted_blocks:
        x[block] = max((x[a] + gap for a, gap in before[block].items()), default=0.0)
    limit: dict[int, float] = {}
    for block in reversed(sorted_blocks):
        x[block] = max(x[block], limit.get(block, x[block]))
        for a, gap in before[block].items():
            limit[a] = min(limit.get(a, float("inf")), x[block] - gap)
    return [x[block] for block in root]


def sort_blocks(before: Gaps) -> list[int]:
    """The blocks, each behind those that are left of it."""
    after: dict[int, list[int]] = {block: [] for block in before}
    open_ = {block: len(gaps) for block, gaps in before.items()}
    for block, gaps in before.items():
        for other in gaps:
            after[other].append(block)
    ready = [block for block, count in open_.items() if not count]
    for block in ready:
        for other in after[block]:
            open_[other] -= 1
            if not open_[other]:
                ready.append(other)
    return ready


def conflicts(rows: Rows) -> Iterator[Pair]:
    """Arrows that cross a piece of a long one, which has the right of way.

    Source: Brandes, Köpf, 2001, algorithm 1
    """
    place = places(rows)
    for row in rows.order[1:]:
        pieces = [(place[rows.up[b][0]], place[b]) for b in row if _is_inner(rows, b)]
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


def _is_inner(rows: Rows, item: int) -> bool:
    return rows.stand_in(item) and rows.stand_in(rows.up[item][0])

"""Moves whole blocks of aligned items, so that chains and long arrows stay straight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from math import inf

from caffe2torch.draw.layout.aligning import Gaps, gaps_before, sort
from caffe2torch.draw.layout.rows import Rows
from caffe2torch.draw.layout.settling import pull_of

PASSES = 10
NARROW = 400.0  # below this many pixels a width matters little
BEND = 40.0  # a bend is as bad as so many pixels sideways
Places = dict[int, float]
Pulls = dict[int, list[tuple[int, float]]]


def straight(
    rows: Rows, root: list[int], soft: list[float], drift: float
) -> tuple[float, list[float]]:
    """Centres near the `soft` ones with each block straight, and their cost.

    The cost grows with how far arrows bend in all, and with the width.

    drift: where the soft centres of a block go further sideways than this, the block is cut
    """
    root = _cut(rows, root, soft, drift)
    wanted = _means(root, soft)
    before = gaps_before(rows, rows.order, root)
    after = _turned(before)
    order = sort(before)
    right = _pushed(order, before, wanted, max)
    left = _pushed(order[::-1], after, wanted, min)
    x = {block: (left[block] + right[block]) / 2 for block in order}
    pulls = _pulls(rows, root)
    for _ in range(PASSES):
        for block in (*order, *order[::-1]):
            _move(x, block, pulls[block], before[block], after[block])
    gaps = [(p, abs(x[a] - x[b])) for a, near in pulls.items() for b, p in near]
    bends = sum(p * (gap + BEND) for p, gap in gaps if gap > 1)
    xs = [x[block] for block in root]
    return bends * (max(xs) - min(xs) + NARROW) ** 0.5, xs


def _cut(rows: Rows, root: list[int], soft: list[float], drift: float) -> list[int]:
    """The blocks, in pieces whose items lie within `drift`, named after their first items."""
    cut = list(root)
    current: dict[int, tuple[int, float, float]] = {}  # block -> piece, its least and its most
    for row in rows.order:
        for item in row:
            piece, low, high = current.get(root[item], (item, soft[item], soft[item]))
            low, high = min(low, soft[item]), max(high, soft[item])
            if high - low > drift:
                piece, low, high = item, soft[item], soft[item]
            current[root[item]] = piece, low, high
            cut[item] = piece
    return cut


def _means(root: list[int], soft: list[float]) -> Places:
    members: dict[int, list[float]] = defaultdict(list)
    for item, block in enumerate(root):
        members[block].append(soft[item])
    return {block: sum(xs) / len(xs) for block, xs in members.items()}


def _turned(before: Gaps) -> Gaps:
    after: Gaps = {block: {} for block in before}
    for block, gaps in before.items():
        for other, gap in gaps.items():
            after[other][block] = -gap
    return after


def _pushed(order: list[int], gaps: Gaps, wanted: Places, most: Callable[..., float]) -> Places:
    """Every block where it is wanted, or as far to one side as the blocks before it push it."""
    x: Places = {}
    for block in order:
        x[block] = most([wanted[block], *(x[other] + gap for other, gap in gaps[block].items())])
    return x


def _pulls(rows: Rows, root: list[int]) -> Pulls:
    """For each block the arrows to other blocks: the other end, and how much it pulls."""
    pulls: Pulls = {block: [] for block in root}
    for item, above in enumerate(rows.up):
        for other in above:
            if root[item] != root[other]:
                pull = pull_of(rows, item, other)
                pulls[root[item]].append((root[other], pull))
                pulls[root[other]].append((root[item], pull))
    return pulls


def _move(
    x: Places, block: int, pulls: list[tuple[int, float]], before: Places, after: Places
) -> None:
    """Move a block to the weighted median of what pulls it, as far as its neighbours let it."""
    if not pulls:
        return
    ends = sorted((x[other], pull) for other, pull in pulls)
    half = sum(pull for _, pull in ends) / 2
    goals = []
    seen = 0.0
    for end, pull in ends:
        if seen <= half <= seen + pull:
            goals.append(end)
        seen += pull
    goal = min(max(x[block], goals[0]), goals[-1])
    low = max((x[other] + gap for other, gap in before.items()), default=-inf)
    high = min((x[other] + gap for other, gap in after.items()), default=inf)
    x[block] = min(max(goal, low), high)

"""Moves items and whole blocks of them, so that chains and long arrows stay straight.

Source: Sugiyama, Tagawa, Toda, 1981 (the priority method), with each row solved exactly: least
        squares under least distances is isotonic regression, which pooling adjacent violators
        solves (Ayer et al., 1955)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from math import inf

from caffe2torch.draw.layout.aligning import Gaps, gaps_before, sort_blocks
from caffe2torch.draw.layout.rows import Rows

SWEEPS = 12  # over the rows, looking up and down in turn
FINE = 4  # sweeps at the end that look up and down at once
PULL = {2: 8.0, 1: 2.0, 0: 1.0}  # of an arrow between so many stand-ins: long ones stay straight
IDLE = 0.01  # pull of an item without arrows towards where it is
PASSES = 10  # over the blocks
NARROW = 400.0  # below this many pixels a width matters little
BEND = 40.0  # a bend is as bad as so many pixels sideways
Places = dict[int, float]
"""The centre of each block."""
Pulls = dict[int, list[tuple[int, float]]]
"""For each block the blocks that pull it, and how much."""


def settle(rows: Rows, xs: list[float]) -> list[float]:
    """Move items, in the order they have, to where their arrows pull them: better centres."""
    xs = list(xs)
    for sweep in range(SWEEPS + FINE):
        down = sweep % 2 == 0
        sides = [rows.up, rows.down] if sweep >= SWEEPS else [rows.up if down else rows.down]
        for row in rows.order if down else reversed(rows.order):
            _solve(rows, row, xs, sides)
    return xs


def _solve(rows: Rows, row: list[int], xs: list[float], sides: list[list[list[int]]]) -> None:
    """Put a row as close to its neighbours as the distances inside it allow."""
    shift = 0.0
    shifts, wanted, pulls = [], [], []
    for i, item in enumerate(row):
        shift += rows.distance(row[i - 1], item) if i else 0.0
        near = [(other, _pull(rows, item, other)) for side in sides for other in side[item]]
        pull = sum(p for _, p in near)
        goal = sum(p * xs[other] for other, p in near) / pull if pull else xs[item]
        shifts.append(shift)
        wanted.append(goal - shift)
        pulls.append(pull or IDLE)
    for item, x, shift in zip(row, _isotonic(wanted, pulls), shifts, strict=True):
        xs[item] = x + shift


def _isotonic(wanted: list[float], weights: list[float]) -> list[float]:
    """The non-decreasing numbers nearest to the wanted ones, in weighted squares."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for mean, weight in zip(wanted, weights, strict=True):
        count = 1
        while pools and pools[-1][0] > mean:
            other, more, n = pools.pop()
            mean = (mean * weight + other * more) / (weight + more)
            weight, count = weight + more, count + n
        pools.append((mean, weight, count))
    return [mean for mean, _, count in pools for _ in range(count)]


def _pull(rows: Rows, a: int, b: int) -> float:
    """How much a piece of an arrow between two items pulls them together."""
    return PULL[rows.stand_in(a) + rows.stand_in(b)]


def straighten(
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
    order = sort_blocks(before)
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
                pull = _pull(rows, item, other)
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

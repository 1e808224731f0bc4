"""Moves items, in the order they have, to where their arrows pull them.

Source: Sugiyama, Tagawa, Toda, 1981 (the priority method), with each row solved exactly: least
squares under least distances is isotonic regression, which pooling adjacent violators solves
(Ayer et al., 1955)
"""

from __future__ import annotations

from caffe2torch.draw.layout.rows import Rows

SWEEPS = 12
FINE = 4  # sweeps at the end that look up and down at once
PULL = {2: 8.0, 1: 2.0, 0: 1.0}  # of an arrow between so many stand-ins: long ones stay straight
IDLE = 0.01


def settle(rows: Rows, xs: list[float]) -> list[float]:
    """Better centres for the items, from those given."""
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
        near = [(other, pull_of(rows, item, other)) for side in sides for other in side[item]]
        pull = sum(p for _, p in near)
        goal = sum(p * xs[other] for other, p in near) / pull if pull else xs[item]
        shifts.append(shift)
        wanted.append(goal - shift)
        pulls.append(pull or IDLE)
    for item, x, shift in zip(row, _isotonic(wanted, pulls), shifts, strict=True):
        xs[item] = x + shift


def pull_of(rows: Rows, a: int, b: int) -> float:
    """How much a piece of an arrow between two items pulls them together."""
    return PULL[rows.stand_in(a) + rows.stand_in(b)]


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

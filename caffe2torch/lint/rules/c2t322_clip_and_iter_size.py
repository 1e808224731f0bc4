"""clip_gradients with iter_size: the clip sees the sum over iter_size, not the mean.

What it does: looks for clip_gradients above 0 together with iter_size above 1.

Why: Caffe clips first and divides by iter_size then. The limit that counts for the mean gradient
is clip_gradients / iter_size, so the clip bites iter_size times as often as the number says, and
adding iter_size to a config that worked changes its training.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, ApplyUpdate: ClipGradients, then Normalize.

Bad::

    clip_gradients: 10
    iter_size: 8            # limits the mean gradient to 1.25

Good::

    clip_gradients: 80      # c2t: ignore[C2T322] for the sum
    iter_size: 8

There is no fix: only who wrote the limit knows whether it is meant for the sum or for the mean.
Where the sum is meant, a comment says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 56


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if both are used."""
    p = c.param
    if p.clip_gradients <= 0 or p.iter_size <= 1:
        return
    yield Finding(
        f"clip_gradients {p.clip_gradients:g} limits the sum over iter_size {p.iter_size}",
        c.span("clip_gradients"),
        hint=f"clip_gradients: {p.clip_gradients * p.iter_size:g} limits the mean to "
        f"{p.clip_gradients:g}",
        why="Caffe clips before it divides by iter_size: the mean gradient is limited to "
        f"{p.clip_gradients / p.iter_size:.3g}",
    )

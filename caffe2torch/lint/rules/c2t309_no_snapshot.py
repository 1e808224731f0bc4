"""The run writes no snapshot before its end, or none at all.

What it does: looks at snapshot (0 by default) against max_iter, and at snapshot_after_train.

Why: without a snapshot on the way, whatever stops the run (power, a full disk, a NaN at night)
costs all of it, and there is no way back to the weights before a loss went wrong. With
snapshot_after_train: false besides, the trained weights are thrown away at the end.
Source: Caffe src/caffe/solver.cpp, Step and Solve.

A warning for runs of 10,000 iterations or more without a snapshot, and from 1,000 where nothing is
ever written; an info for shorter ones, for a snapshot beyond the end (somebody wanted none), and
for nets whose programs save for themselves (see C2T312).

Bad::

    max_iter: 450000        # and no snapshot

Good::

    max_iter: 450000
    snapshot: 10000
    snapshot_prefix: "alexnet"

Fix: ten snapshots over the run, at least 100 and at most 50,000 iterations apart. Safe: training is
not touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import schedule
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 74

LONG, REAL, TRIAL = 10_000, 1_000, 20
"""Iterations of a run that is a pity to lose, of one that is more than a trial, and of a trial that
nobody minds to lose."""
TIMES, OFTEN, APART = 10, 50_000, 100
"""Snapshots over a run; iterations between two of them at most, and at least: each is the "
"whole net."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if no snapshot falls into the run."""
    p = c.param
    if p.max_iter < 1 or 0 < p.snapshot <= p.max_iter:
        return
    lost = not p.snapshot_after_train
    if not lost and p.max_iter < TRIAL:
        return
    every = min(OFTEN, max(APART, p.max_iter // TIMES), p.max_iter)
    how = (
        f"snapshot {p.snapshot:,} lies beyond max_iter"
        if p.snapshot
        else "snapshot is 0 or missing"
    )
    end = "snapshot_after_train is false, so the trained weights are lost" if lost else (
        f"all {p.max_iter:,} iterations are lost if the run stops before its end"
    )  # fmt: skip
    yield Finding(
        how,
        c.span("snapshot" if p.snapshot or not lost else "snapshot_after_train"),
        severity="warning" if _costly(c, lost) and not schedule.driven(c) else "info",
        hint=f"snapshot: {every}",
        fix=Fix(
            f"snapshot: {every}", tuple(fix.put_solver(c.solver, "snapshot", str(every))), True
        ),
        why=end,
    )


def _costly(c: Context, lost: bool) -> bool:
    """Whether weights are lost that somebody wanted, as far as anybody can tell."""
    end = c.param.max_iter
    return end >= REAL if lost else not c.param.snapshot and end >= LONG

"""No random_seed: a run cannot be repeated.

What it does: looks for a random_seed of 0 or more.

Why: without one Caffe seeds fillers, dropout, crops and mirrors from the system, so two runs of
one config differ, and an error that needs a certain start is gone the next time. It harms no
training; always an info.
Source: Caffe src/caffe/common.cpp, cluster_seedgen; src/caffe/solver.cpp, Init.

Bad::

    random_seed: -1

Good::

    random_seed: 1

Fix: random_seed: 1. Unsafe: every run then starts from the same weights, which is not
always wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "info"
RANK = 90


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the seed comes from the system."""
    if c.param.random_seed >= 0:
        return
    cure = Fix("random_seed: 1", tuple(fix.put_solver(c.solver, "random_seed", "1")))
    yield Finding(
        "no random_seed: the system's is used, and no run can be repeated",
        c.span("random_seed"),
        hint="random_seed: 1",
        fix=cure,
    )

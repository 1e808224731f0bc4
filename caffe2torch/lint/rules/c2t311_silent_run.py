"""The run prints no loss.

What it does: looks at display (0 by default) against max_iter, and whether there are tests.

Why: a run that diverged in its first minutes looks the same as a good one until it ends. Caffe
prints the loss only when iter % display == 0.
Where no layer reads data by itself, a program steps the solver and may print for itself: an info.
Source: Caffe src/caffe/solver.cpp, Step.

Bad::

    max_iter: 450000         # and no display

Good::

    max_iter: 450000
    display: 20

Fix: 100 lines over the run, at least one every 20 iterations of a short one. Safe: training is not
touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import schedule
from caffe2torch.errors import plural
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 75


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if display never comes due after iteration 0."""
    p = c.param
    if p.max_iter < 1 or 0 < p.display < max(p.max_iter, 2):  # iteration 0 is always shown
        return
    tests = len(p.test_iter) if 0 < p.test_interval <= p.max_iter else 0
    every = max(1, min(100, p.max_iter // 100))
    late = f"display {p.display:,} is not reached within max_iter {p.max_iter:,}"
    what = late if p.display else "display is 0 or missing"
    nets = "test net" if tests == 1 else "test nets"
    rest = (
        f"only the results of {tests} {nets} every {p.test_interval:,} iterations"
        if tests
        else "and no test either"
    )
    yield Finding(
        what,
        c.span("display"),
        "info" if schedule.driven(c) else "",
        hint=f"display: {every}",
        fix=Fix(f"display: {every}", tuple(fix.put_solver(c.solver, "display", str(every))), True),
        why=f"no loss is printed over {plural(p.max_iter, 'iteration')}, {rest}",
    )

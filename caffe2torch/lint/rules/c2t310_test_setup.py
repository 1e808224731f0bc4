"""test_iter, test_interval, test_state and the TEST nets do not go together.

What it does: counts the test nets as Caffe does and compares them with test_iter, test_interval
and test_state; looks whether a TEST net has a layer that brings data, and whether it scores
anything.

Why: Caffe refuses test_iter without test_interval, fewer test_iter than test nets, and a wrong
number of test_state. It says nothing about test_interval without test_iter: then the run is never
tested. A test_iter of 0 divides by 0.
Source: Caffe src/caffe/solver.cpp, InitTestNets and TestAll.

Bad::

    test_interval: 1000      # and no test_iter

Good::

    test_interval: 1000
    test_iter: 100

Fix: a missing test_interval becomes a twentieth of max_iter. Safe: training is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import checks
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 17


def check(c: Context) -> Iterator[Finding]:
    """Yield what Caffe would refuse, then what it would do in silence."""
    p = c.param
    if not any(p.HasField(name) for name in checks.TRAIN_FIELDS):
        return  # Caffe refuses the solver for that
    yield from _counts(c)
    for i, count in enumerate(p.test_iter):
        if count < 1:
            yield Finding(
                f"test_iter {count}: a test of no batches scores nothing (0 / 0)",
                c.span(f"test_iter[{i}]"),
                severity="error" if count < 0 else "warning",
                hint="write test records / batch_size",
                about="test_iter",
            )
    for use in c.tests:
        yield from _net(c, use)


def _counts(c: Context) -> Iterator[Finding]:
    for about, error in (
        ("test_iter", checks.test_iter(c.solver)),
        ("test_state", checks.test_state(c.solver)),
        ("test_interval", checks.test_interval(c.solver)),
    ):
        if error is not None:
            cure = _interval(c) if about == "test_interval" else None
            hint = error.hint or ""
            yield Finding(error.message, error.span, hint=hint, fix=cure, about=about)
    p = c.param
    if p.test_interval > 0 and not (p.test_iter or p.test_net or p.test_net_param):
        yield Finding(
            f"test_interval {p.test_interval:,} without test_iter",
            c.span("test_interval"),
            "warning",
            "add test_iter: test records / batch_size",
            about="test_iter",
            why="nothing is ever tested",
        )


def _interval(c: Context) -> Fix:
    every = str(checks.interval_for(c.param.max_iter))
    edits = fix.put_solver(c.solver, "test_interval", every)
    return Fix(f"test_interval: {every}", tuple(edits), safe=True)


def _net(c: Context, use: NetUse) -> Iterator[Finding]:
    """A TEST net without data, or without a score."""
    if use.layers and all(layer.bottom for _, layer in use.layers):
        orphan = next((i for i, layer in use.layers if layer.bottom), None)
        blob = use.layers[0][1].bottom[0]
        yield Finding(
            f'test_iter asks for a test, but in phase TEST no layer makes "{blob}"',
            use.span(orphan, "bottom"),
            hint="add a data layer with include { phase: TEST }, or remove test_iter",
            about=f"net{use.index}",
            why="all data layers are for TRAIN",
        )

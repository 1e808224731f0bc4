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

NEVER = 100
"""A first test so many times behind the end is there to be never reached, as in FCN's solvers."""
ROUND = 99_999
"""From here on a power of ten, or one less, says "never"."""


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
    yield from _late(c)
    yield from _twice(c)
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


def _late(c: Context) -> Iterator[Finding]:
    """A first test behind the end of training."""
    p = c.param
    if p.test_iter and p.test_interval > p.max_iter > 0:
        before = "tested once, before training" if p.test_initialization else "never tested"
        yield Finding(
            f"test_interval {p.test_interval:,} is above max_iter {p.max_iter:,}",
            c.span("test_interval"),
            "info" if _means_never(p.test_interval, p.max_iter) else "warning",
            f"test_interval: {checks.interval_for(p.max_iter)}",
            about="test_iter",
            why=f"the net is {before}; Caffe tests at the end only if test_interval divides "
            f"max_iter",
        )


def _means_never(interval: int, end: int) -> bool:
    """Whether an interval is there to be never reached: 999999, 1000000, or far behind the end."""
    nines, power = set(str(interval)) == {"9"}, str(interval).rstrip("0") == "1"
    return interval >= NEVER * end or (interval >= ROUND and (nines or power))


def _twice(c: Context) -> Iterator[Finding]:
    """Several tests of one net that nothing tells apart."""
    p = c.param
    named = len(p.test_net) + len(p.test_net_param)
    if len(p.test_iter) > max(1, named) and named == 0 and not p.test_state:
        yield Finding(
            f"{len(p.test_iter)} test_iter for one and the same TEST net",
            c.span("test_iter[1]"),
            "warning",
            "one test_iter",
            ways=("a test_state for each, with stages that the net's layers ask for",),
            about="test_iter",
            why="Caffe makes a test net for each of them, and all score the same data",
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

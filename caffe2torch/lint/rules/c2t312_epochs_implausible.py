"""The run goes through its training set hardly once, or thousands of times.

What it does: max_iter · batch_size · iter_size against the number of training records, counted in
the database or known from the name of a public set. max_iter 0, which is the default, trains
nothing.

Why: max_iter counts updates, not epochs. A config that was copied for another batch size or
another dataset trains a hundredth or a hundred times of what was meant.
Where no layer reads data by itself a program drives the solver and ignores max_iter: then an info.
max_iter: 0 written beside a test_interval is how pretrained weights are scored: `caffe train` tests
once, at iteration 0, and ends; an info.
Source: Caffe src/caffe/solver.cpp, Solve; solver.prototxt of BVLC's nets: 90 epochs (CaffeNet), 64
(GoogLeNet), 11 (LeNet), 160 (CIFAR-full).

A warning below one epoch and above 5,000; an info above 1,000. Records that are augmented, or made
as the run goes, may justify many.

Bad::

    max_iter: 1000        # batch_size 6, of 1,281,167 records: 0.005 epochs

Good::

    max_iter: 450000      # batch_size 256: 90 epochs
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import schedule
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.signal.numbers import show

SEVERITY = "warning"
RANK = 58

FEW, MANY, ABSURD = 1.0, 1000.0, 5000.0


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for no iterations, too few epochs, or too many."""
    end = c.param.max_iter
    if end < 1:
        if not c.is_open("max_iter"):
            yield _none(c, end)
        return
    count = schedule.epochs(c, end)
    if count is None or FEW <= count <= MANY:
        return
    source, records, how = schedule.training_set(c)
    batch = source.batch_size if source else 0
    steps = f" × iter_size {c.param.iter_size}" if c.param.iter_size > 1 else ""
    usual = -(-records * 30 // (batch * max(1, c.param.iter_size)))
    what = "not even once" if count < FEW else f"{count:,.0f} times"
    yield Finding(
        f"max_iter {end:,} is {show(count)} epochs of the training data",
        c.span("max_iter"),
        severity="info" if FEW < count <= ABSURD else "warning",
        hint=f"30 epochs are {usual:,} iterations",
        about="max_iter",
        why=f"batch_size {batch}{steps} goes through the {records:,} training records{how} {what}",
    )


def _none(c: Context, end: int) -> Finding:
    written, driven = c.param.HasField("max_iter"), schedule.driven(c)
    scores = written and c.param.test_iter and c.param.test_interval
    unless = ", unless a program steps" if driven else ", the net is tested once" if scores else ""
    return Finding(
        f"max_iter is {end}: nothing is trained{unless}",
        c.span("max_iter"),
        "info" if scores or (driven and not written) else "error",
        "write the number of updates",
        rank=20,
    )

"""A test does not see the test set once: too few batches, or the same records several times.

What it does: compares test_iter × batch_size with the number of records of the TEST source.

Why: Caffe's test reads test_iter batches and goes on from there in the next test. With too few,
each test scores another part of the set, and its accuracy is that part's (its standard error is
√(p(1−p)/n)); with too many, some records count twice.
Source: Caffe src/caffe/solver.cpp, Test; src/caffe/layers/data_layer.cpp, Next.

Where the database is not there, the sizes of well-known test sets are used if the path names
one (ILSVRC: 50,000; CIFAR and MNIST: 10,000).

Bad::

    test_iter: 1000     # with batch_size: 6, of 50,000 records

Good::

    test_iter: 8334     # with batch_size: 6

Fix: sets test_iter to records / batch_size, rounded up; where tests would then take more than a
tenth of the compute, test_interval grows by as much. Safe: training is not touched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 70

OTHER_SETS = re.compile(r"tiny|mini|sub|small|sample|train[^/]*$", re.IGNORECASE)
KNOWN_SETS = (
    (re.compile(r"ilsvrc|imagenet", re.IGNORECASE), 50_000),
    (re.compile(r"cifar|mnist", re.IGNORECASE), 10_000),
)
CHEAP = 0.1
"""Share of the compute that tests may take without a word."""
TOLERANCE = 0.02
"""Shares of the set that may be missed or seen twice: rounding to whole batches."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each test net whose test_iter does not fit its data."""
    for use in c.tests:
        if use.index < len(c.param.test_iter):
            yield from _check(c, use, c.param.test_iter[use.index])


def _check(c: Context, use: NetUse, test_iter: int) -> Iterator[Finding]:
    source = next((s for s in use.sources if s.batch_size and s.source), None)
    records, how = _records(source) if source else (0, "")
    if source is None or not records or not test_iter:
        return
    seen = test_iter * source.batch_size
    right = math.ceil(records / source.batch_size)
    if abs(seen - records) <= max(TOLERANCE * records, source.batch_size):
        return
    few = seen < records
    name = f"test_iter[{use.index}]"
    if few:
        error = math.sqrt(0.25 / seen) * 100
        says = f"{seen / records:.0%} of it{how}; an accuracy of 50% is known to ±{error:.1f}%"
    else:
        says = f"{seen / records:.1f} times the set{how}, so some records count more than others"
    single = len(c.param.test_iter) == 1
    edits = fix.put_solver(c.solver, "test_iter", str(right)) if single else []
    rarer = _interval(c, source, right, test_iter) if single else 0
    title = f"test_iter: {right}"
    if rarer:
        edits = [*edits, *fix.put_solver(c.solver, "test_interval", str(rarer))]
        title += f" and test_interval: {rarer}, so that tests take no more time than now"
    yield Finding(
        f"a test reads test_iter {test_iter} × batch_size {source.batch_size} = {seen:,} of "
        f"{records:,} records",
        c.span(name),
        severity="warning" if few and seen < 0.5 * records else "info",
        hint=f"test_iter: {right} reads all of them",
        fix=Fix(title, tuple(edits), safe=True) if edits else None,
        about=name,
        why=says,
    )


def _interval(c: Context, source: SourceUse, right: int, now: int) -> int:
    """A test_interval for longer tests that keeps their share of the compute; 0: as it is.

    A test is a forward of each sample, a training step also a backward of about twice its cost.
    """
    interval = int(c.param.test_interval)
    batch = next((s.batch_size for s in c.train.sources if s.batch_size), 0)
    step = 3 * batch * max(1, c.param.iter_size)
    if right <= now or not interval or not step:
        return 0
    if right * source.batch_size <= CHEAP * interval * step:
        return 0
    longer = math.ceil(interval * right / now)
    unit: int = 10 ** max(0, len(str(longer)) - 2)
    return min(-(-longer // unit) * unit, max(interval, int(c.param.max_iter)))


def _records(source: SourceUse) -> tuple[int, str]:
    """Number of records, and how it is known."""
    if source.records is not None:
        return source.records, ""
    for pattern, n in KNOWN_SETS:
        if pattern.search(source.source) and not OTHER_SETS.search(source.source):
            return n, f' (as large as such a set is: "{source.source}")'
    return 0, ""

"""The stepvalues of lr_policy "multistep" are not in increasing order.

What it does: looks for a stepvalue that is not larger than the one before it.

Why: Caffe looks at one stepvalue at a time, in the order of the file, and takes the next one only
after that was reached. A smaller value behind a larger one is therefore due at once: the rate
drops twice in two iterations, and not at all at the smaller value. A repeated value does the
same. Nothing is said about it.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, GetLearningRate.

Bad::

    stepvalue: 40000
    stepvalue: 20000

Good::

    stepvalue: 20000
    stepvalue: 40000

Fix: the same values in increasing order, each once. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import schedule
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 50


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding at the first stepvalue that is out of order."""
    values = list(c.param.stepvalue)
    wrong = next((i for i in range(1, len(values)) if values[i] <= values[i - 1]), None)
    if c.param.lr_policy != "multistep" or wrong is None:
        return
    sane = sorted(set(values))
    drops = ", ".join(f"{drop:,}" for drop in schedule.drops_of(values)[:4])
    document = c.solver.document
    block = document.root if document else None
    edits = fix.put_all(document, block, "stepvalue", [str(v) for v in sane])
    yield Finding(
        f"stepvalue {values[wrong]:,} stands behind {values[wrong - 1]:,}",
        c.span(f"stepvalue[{wrong}]"),
        hint=f"write them in increasing order: {naming.listed(map(str, sane), 100)}",
        fix=Fix("stepvalue in increasing order", tuple(edits)) if edits else None,
        about="stepvalue",
        why=f"Caffe takes them in this order and lowers the rate at {drops}",
    )

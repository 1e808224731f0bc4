"""The test at iteration 0 runs BatchNorm with statistics that are still empty.

What it does: looks for a solver that tests before training (test_initialization, true by default)
a net with BatchNorm that starts from scratch.

Why: the stored statistics are sums with a factor, all 0. In TEST Caffe takes a factor of 0 as mean
0 and variance 0 and divides by sqrt(eps): each BatchNorm multiplies by 1/sqrt(1e-5) = 316. After a
few layers the scores overflow, and the first test prints loss = 87.3365 or nan. That line alarms
and means nothing: after the first training iterations the statistics are there. Always an info. A
BatchNorm that the TRAIN net does not have stays empty: that is C2T426.
Source: Caffe src/caffe/layers/batch_norm_layer.cpp, Forward_cpu; src/caffe/solver.cpp, Step.

Bad::

    test_interval: 500      # and a net with BatchNorm, from scratch

Good::

    test_interval: 500
    test_initialization: false

Fix: test_initialization: false. Safe: training stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "info"
RANK = 98
YIELDS_TO = ("C2T426",)


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the solver."""
    param = c.param
    if not (param.test_initialization and param.test_interval and c.tests and c.from_scratch):
        return
    trained = {layer.name for _, layer in c.train.layers}
    norms = [
        layer for _, layer in c.tests[0].layers
        if layer.type == "BatchNorm" and layer.name in trained
        and (layer.batch_norm_param.use_global_stats
             or not layer.batch_norm_param.HasField("use_global_stats"))
    ]  # fmt: skip
    if not norms:
        return
    eps = norms[0].batch_norm_param.eps
    factor = f" = {eps**-0.5:.0f}" if eps > 0 else ""
    edits = tuple(fix.put_solver(c.solver, "test_initialization", "false"))
    yield Finding(
        "the test at iteration 0 runs BatchNorm with empty statistics",
        c.span("test_initialization"),
        hint="test_initialization: false",
        fix=Fix("no test at iteration 0", edits, safe=True) if edits else None,
        why=(
            f"{naming.layers([layer.name for layer in norms])}: "
            f"{'each' if len(norms) > 1 else 'it'} multiplies by "
            f"1/sqrt({eps:g}){factor}, so the loss of that test (87.3365 or nan) means nothing"
        ),
    )

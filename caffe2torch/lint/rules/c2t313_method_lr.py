"""The learning rate is one for another method.

What it does: for Adam, RMSProp and AdaGrad it compares base_lr with the size of the weights
(median over layers of base_lr · lr_mult / rms(w)); for AdaDelta it looks at base_lr itself.

Why: these methods divide each gradient by its own running size, so a step moves every weight by
about base_lr, whatever the gradient. SGD's 0.01 to 0.1 is then as large as the weights. AdaDelta
finds its step by itself; base_lr multiplies it and belongs at 1. A rate of SGD or Adam makes it a
thousand times too slow. Rates of SGD are judged by C2T301 and C2T302.
Source: Caffe src/caffe/solvers/adam_solver.cpp, rmsprop_solver.cpp, adadelta_solver.cpp.

Measured on the digits (LeNet, 600 iterations, test accuracy):

    base_lr   0.0001 0.0003 0.001 0.003  0.01  0.03   0.1
    Adam        90.8   97.8  98.9  99.2  99.2  93.9   8.9
    RMSProp     94.2   98.6  98.9  99.2  96.9  70.0  14.2
    AdaGrad     38.1   70.3  91.4  97.5  99.2  98.6  96.9
    AdaDelta                 20.0        77.2        98.1     (1: 98.6, 3: 99.4, 10: 97.2)

There rate / rms(w) was 11 times the rate. So Adam and RMSProp get a warning from 0.25 and an error
from 0.5 of rate / rms(w), AdaGrad, whose steps shrink, from 1 and 2, and an info from 0.4 of that;
AdaDelta a warning for a rate below 0.05 and an error below 0.005, where the whole run is worth less
than 3 iterations at 1 (0.001 above: 0.6). Regressions were not measured: a warning there. From
scratch AdaGrad below 0.005 is a warning too.

Bad::

    type: "Adam"  base_lr: 0.1

Good::

    type: "Adam"  base_lr: 0.001

Fix: 0.001 (AdaGrad 0.01, AdaDelta 1). Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 42
YIELDS_TO = ("C2T308",)

USUAL = {"Adam": "0.001", "RMSProp": "0.001", "AdaGrad": "0.01", "AdaDelta": "1"}
LIMITS = {
    "Adam": (1e-4, 0.25, 0.5),
    "RMSProp": (1e-4, 0.25, 0.5),
    "AdaGrad": (5e-3, 1.0, 2.0),
    "AdaDelta": (0.05, 30.0, 100.0),
}
"""Method -> where slow ends, where harm begins, where nothing trains: rate / rms(w), or base_lr."""
FULL = 3.0
"""AdaDelta's base_lr · max_iter, iterations at its own step, below which nothing was learned."""
DOUBT = 0.4
"""Share of what does harm from which a rate is worth a word."""
NORMALIZED = 4
"""Weights in front of BatchNorm grow until the step is small again; how much is not measured."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the rate does not suit the method."""
    kind, rate = c.param.type, float(c.param.base_lr)
    if kind not in LIMITS or rate <= 0:
        return
    moves = rate if kind == "AdaDelta" else c.signal.median_adaptive
    slow, harm, fatal = LIMITS[kind]
    if moves is None or slow <= moves < harm * DOUBT or (moves < slow and not c.from_scratch):
        return
    bound = fatal * (NORMALIZED if wiring.normalized(c.train.graph) else 1)
    short = kind == "AdaDelta" and rate * c.param.max_iter < FULL
    if kind in ("Adam", "RMSProp") and moves >= harm and rate <= float(USUAL[kind]):
        return  # the weights are small, not the rate large
    main = c.signal.main
    measured = kind == "AdaDelta" or (main is not None and main.chance is not None)
    fails = (moves >= bound or (short and moves < slow / 10)) and c.from_scratch and measured
    usual = USUAL[kind]
    yield Finding(
        f"base_lr {rate:g} is too {'low' if moves < slow else 'high'} for {kind}",
        c.span("base_lr"),
        severity="error" if fails else "info" if slow <= moves < harm else "warning",
        hint=f"base_lr: {usual}",
        why=_how(kind, moves, moves < slow),
        fix=Fix(f"base_lr: {usual}", tuple(fix.put_solver(c.solver, "base_lr", usual))),
    )


def _how(kind: str, moves: float, slow: bool) -> str:
    if kind == "AdaDelta":
        return "it multiplies the steps that AdaDelta finds by itself; 1 leaves them as they are"
    size = f"it moves every weight by about {moves:.2g} of its size a step (median over layers)"
    return f"{size}{': nothing is learned in a usual run' if slow else '; 0.01 of it is usual'}"

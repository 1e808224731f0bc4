"""weight_decay is so large that it erases the weights, or negative.

What it does: compares weight_decay with what was measured, for L2 and L1 apart; also refuses a
regularization_type that Caffe does not know.

Why: Caffe adds weight_decay · w (L2) or weight_decay · sign(w) (L1) to the gradient. Where that is
larger than the gradient itself the weights shrink to 0 and the loss stays at ln C. Usual values are
0.0001 to 0.005. A negative value makes the weights grow instead.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, Regularize.

Measured on the digits (LeNet, 600 iterations, test accuracy):

    L2  0: 99.4   0.005: 99.4   0.02: 99.2   0.05: 98.3   0.1: 93.3   0.2: 56.1   0.5: 8.9 (chance)
    L1  0.0005: 99.7   0.002: 98.9   0.01: 93.9   0.05: 8.9

so it is a warning from 0.05 (L1: 0.01) and an error from 0.2 (L1: 0.05). What shrinks the weights
is rate · weight_decay, though: over a run by e to the power of its sum / (1 − momentum), 12 at 0.2
above. Published runs had weight_decay 10 at a rate of 1e-6, which takes a third off the weights. So
below 12 it is no error, and below 0.3 an info.

Bad::

    weight_decay: 0.5

Good::

    weight_decay: 0.0005

Fix: weight_decay becomes 0.0005. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from caffe2torch.config import schedule
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 28

LIMITS = {"L2": (0.05, 0.2), "L1": (0.01, 0.05)}
"""Type -> weight_decay that costs accuracy, and that kills."""
KILLS, LITTLE = 12.0, 0.3
"""Σ rate · weight_decay / (1 − momentum): of the run above with weight_decay 0.2; from which on a
run loses a noticeable part of its weights."""
SAMPLES = 200
USUAL = "0.0005"


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for an unknown type, else for a value out of range."""
    kind, decay = c.param.regularization_type, c.param.weight_decay
    if kind not in LIMITS:
        if decay:
            yield Finding(
                f'regularization_type "{kind}" is unknown',
                c.span("regularization_type"),
                "error",
                'write "L2" or "L1"',
                Fix(
                    "remove it: L2 is left", tuple(fix.drop_solver(c.solver, "regularization_type"))
                ),
                rank=18,
                why="Caffe stops at the first update",
            )
        return
    costs, kills = LIMITS[kind]
    over = _erased(c)
    if decay < 0:
        yield _finding(c, "it makes the weights grow", "error")
    elif decay >= kills and (over is None or over >= KILLS):
        yield _finding(
            c, f"with {kind} the weights shrink to 0: from {kills:g} on nothing is learned", "error"
        )
    elif decay >= costs:
        severity = "info" if over is not None and over < LITTLE else "warning"
        yield _finding(c, _outweighs(kind, over), severity)


def _outweighs(kind: str, over: float | None) -> str:
    says = f"with {kind} it outweighs the gradient; usual are 0.0001 to 0.005"
    if over is None or over >= KILLS:
        return says
    return (
        f"{says}. At so low a rate it takes {1 - exp(-over):.0%} off the weights in the whole run"
    )


def _erased(c: Context) -> float | None:
    """Σ rate · weight_decay / (1 − momentum) over the run; the weights shrink by e to that.

    None where another method than SGD divides the gradient, for L1, or a rate that is not known.
    """
    p, rate = c.param, schedule.rate_of(c)
    plain = p.type in ("SGD", "Nesterov") and p.regularization_type == "L2"
    if not plain or rate is None or p.max_iter < 1 or not 0 <= p.momentum < 1:
        return None
    steps = [p.max_iter * i // SAMPLES for i in range(SAMPLES)]
    total = sum(map(rate, steps)) / SAMPLES * p.max_iter
    return float(total * p.weight_decay / (1 - p.momentum))


def _finding(c: Context, why: str, severity: str) -> Finding:
    cure = Fix(f"weight_decay: {USUAL}", tuple(fix.put_solver(c.solver, "weight_decay", USUAL)))
    return Finding(
        f"weight_decay {c.param.weight_decay:g} is "
        f"{'negative' if c.param.weight_decay < 0 else 'high'}",
        c.span("weight_decay"),
        severity,
        f"weight_decay: {USUAL}",
        cure,
        why=why,
    )

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

so it is a warning from 0.05 (L1: 0.01) and an error from 0.2 (L1: 0.05).

Bad::

    weight_decay: 0.5

Good::

    weight_decay: 0.0005

Fix: weight_decay becomes 0.0005. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 28

LIMITS = {"L2": (0.05, 0.2), "L1": (0.01, 0.05)}
"""Type -> weight_decay that costs accuracy, and that kills."""
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
    if decay < 0:
        yield _finding(c, "it makes the weights grow", "error")
    elif decay >= kills:
        yield _finding(
            c, f"with {kind} the weights shrink to 0: from {kills:g} on nothing is learned", "error"
        )
    elif decay >= costs:
        yield _finding(
            c, f"with {kind} it outweighs the gradient; usual are 0.0001 to 0.005", "warning"
        )


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

"""momentum, momentum2 or rms_decay is outside the range in which the method works.

What it does: checks 0 <= momentum < 1 (for Adam that is β1, for AdaDelta its decay), momentum2 of
Adam and rms_decay of RMSProp. Above 0.95 it asks the signal model whether the steps, which momentum
multiplies by 1 / (1 − momentum), are too long for that reason alone.

Why: the velocity sums up past updates; at 1 it never forgets and the weights run away, at 0.99 a
rate counts a hundredfold. 0.99 goes with a rate ten times smaller than 0.9 does.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, adam_solver.cpp, include/caffe/sgd_solvers.hpp.

Measured on the digits (SGD, base_lr 0.02, 600 iterations, test accuracy): momentum −0.5: 96.9,
0: 98.1, 0.9: 99.4, 0.95: 99.2, 0.99: 8.6 (chance), 1: 10.0. No momentum is only slower: an info.
Adam with momentum2 0: NaN, 0.5: 98.9, 0.9: 98.9, 1: 11.9.

Bad::

    momentum: 9

Good::

    momentum: 0.9

Fix: momentum 0.9 (0.95 for AdaDelta), or the default of the other two. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from caffe2torch.config.files import Unavailable
from caffe2torch.lint import fix, rate
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 27
YIELDS_TO = ("C2T321",)

USUAL, LONG_MEMORY = 0.9, 0.95


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each of the three that is out of range."""
    p = c.param
    if not 0 <= p.momentum < 1:
        yield _out(c, "momentum", "0.95" if p.type == "AdaDelta" else "0.9", _effect(p.momentum))
    elif p.type in ("SGD", "Nesterov"):
        yield from _sgd(c)
    if p.type == "Adam" and not 0 < p.momentum2 < 1:
        yield _out(c, "momentum2", "0.999", "steps are 0, or divided by 0")
    if p.type == "RMSProp" and not 0 <= p.rms_decay < 1:
        yield _out(c, "rms_decay", "0.99", "Caffe stops")


def _effect(momentum: float) -> str:
    return "updates add up for ever" if momentum >= 1 else "every step takes back part of the last"


def _out(c: Context, name: str, usual: str, effect: str) -> Finding:
    return Finding(
        f"{name} {getattr(c.param, name):g} is out of range (0 to below 1)",
        c.span(name),
        hint=f"{name}: {usual}",
        fix=Fix(f"{name}: {usual}", tuple(fix.put_solver(c.solver, name, usual))),
        about=name,
        why=effect,
    )


def _sgd(c: Context) -> Iterator[Finding]:
    momentum = c.param.momentum
    cure = Fix("momentum: 0.9", tuple(fix.put_solver(c.solver, "momentum", "0.9")))
    if momentum == 0:
        also = ", and Nesterov is then the same as SGD" if c.param.type == "Nesterov" else ""
        yield Finding(
            f"no momentum: plain SGD takes several times as many iterations{also}",
            c.span("momentum"), "info", "momentum: 0.9", cure, "momentum", 70,
        )  # fmt: skip
        return
    assessment = _assessed(c) if momentum > LONG_MEMORY else None
    if assessment is None or not assessment.too_high:
        return
    usual = replace(assessment, median=assessment.median * (1 - momentum) / (1 - USUAL))
    less = fix.number(c.param.base_lr * (1 - momentum) / (1 - USUAL))
    if not usual.too_high:
        yield Finding(
            f"momentum {momentum:g} multiplies every update by {1 / (1 - momentum):,.0f}",
            c.span("momentum"),
            "error" if c.from_scratch and assessment.fatal else "warning",
            "momentum: 0.9",
            cure,
            "momentum",
            40,
            why=(
                f"an update moves the weights by {assessment.median:.2g} of themselves; with "
                f"momentum 0.9 "
                f"by {usual.median:.2g}"
            ),
            ways=(f"base_lr: {less}",),
        )


def _assessed(c: Context) -> rate.Assessment | None:
    """The relative update, None where there is no signal to reckon with."""
    try:
        return rate.assess(c)
    except Unavailable:
        return None

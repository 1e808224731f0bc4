"""The learning rate is the same from the first iteration to the last.

What it does: computes the rate at the end of the run and compares it with base_lr. It also sees a
decay that is written but lies beyond max_iter.

Why: a constant rate keeps the weights jumping around the optimum: the noise of SGD is proportional
to the rate, and the last part of the error goes away only when it is lowered. It costs accuracy,
not the training itself: on the digits (rate 0.05, 1,000 iterations) a constant rate ends at 98.6 %,
two drops by 10 at 98.9 %; ResNet-50's first drop on ImageNet brings some ten percent.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, GetLearningRate.

A warning for SGD from scratch, where a decay is written and comes too late, or where a run of
100,000 iterations and 20 epochs has none; else an info: short runs, fine-tuning and adaptive
methods do without.

Bad::

    lr_policy: "step"  gamma: 0.1  stepsize: 100000  max_iter: 50000

Good::

    lr_policy: "step"  gamma: 0.1  stepsize: 20000  max_iter: 50000

Fix: stepsize becomes 2/5 of max_iter. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config import schedule
from caffe2torch.config.methods import ADAPTIVE
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK, INFO_RANK, RISES = 60, 79, 43
"""Rank; that of the info, behind fields that were meant to let it decay (C2T319); of a rate that
rises."""
YIELDS_TO = ("C2T303", "C2T312")

SAME = 0.9
"""Share of base_lr at the end from which the rate counts as constant."""
MEANT = 5
"""A drop beyond so many times max_iter is there to be never reached."""
LONG, LONG_EPOCHS = 100_000, 20


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the last update has (nearly) the first one's rate."""
    rate, end = schedule.rate_of(c), c.param.max_iter
    if rate is None or end < 2 or c.param.base_lr <= 0:
        return
    last = rate(end - 1)
    if _grows(c) and last > c.param.base_lr:
        yield _growing(c, last)
        return
    if not SAME * c.param.base_lr <= last <= c.param.base_lr:
        return
    written = _written(c)
    mild = not (written or _long(c, end)) or not c.from_scratch or c.param.type in ADAPTIVE
    yield Finding(
        f"{written or _policy(c)}: the rate is still {last:g} at max_iter {end:,}",
        c.span("stepsize" if c.param.lr_policy == "step" else "lr_policy"),
        severity="info" if mild else "warning",
        hint=f'let it drop: lr_policy: "step", gamma: 0.1, stepsize: {_stepsize(end)}',
        fix=_fix(c, end) if c.param.lr_policy == "step" else None,
        about="lr_policy",
        rank=INFO_RANK if mild else None,
    )


def _grows(c: Context) -> bool:
    """Whether each drop is a rise."""
    return c.param.lr_policy in ("step", "multistep", "exp") and c.param.gamma > 1


def _growing(c: Context, last: float) -> Finding:
    p = c.param
    return Finding(
        f'lr_policy "{p.lr_policy}" with gamma {p.gamma:g}: the rate rises from {p.base_lr:g} to '
        f"{last:.3g}",
        c.span("gamma"),
        hint="gamma: 0.1" if p.lr_policy != "exp" else "a gamma just below 1",
        about="lr_policy",
        rank=RISES,
        why=f"each step multiplies it by gamma; {last:.3g} is that at max_iter {p.max_iter:,}",
    )


def _written(c: Context) -> str:
    """The decay that the file asks for and never gets, "" if it asks for none."""
    p = c.param
    name = {"step": "stepsize", "multistep": "stepvalue"}.get(p.lr_policy, "")
    first = p.stepsize if name == "stepsize" else min(p.stepvalue, default=0)
    if name and p.max_iter <= first < MEANT * p.max_iter:
        return f"the first drop, at {name} {first:,}, lies beyond the end"
    return ""


def _long(c: Context, end: int) -> bool:
    """Whether the run is one of those that are known to need a decay."""
    return end >= LONG and (schedule.epochs(c, end) or 0) >= LONG_EPOCHS


def _policy(c: Context) -> str:
    p = c.param
    names = ("gamma", "power") if p.lr_policy in ("inv", "exp", "poly", "step") else ()
    says = ", ".join(f"{name} {getattr(p, name):g}" for name in names if p.HasField(name))
    return f'lr_policy "{p.lr_policy}"' + (f" with {says}" if says else "")


def _stepsize(end: int) -> int:
    size = max(1, end * 2 // 5)
    digit: int = 10 ** max(0, len(str(size)) - 2)
    return size // digit * digit


def _fix(c: Context, end: int) -> Fix:
    size = str(_stepsize(end))
    return Fix(f"stepsize: {size}", tuple(fix.put_solver(c.solver, "stepsize", size)))

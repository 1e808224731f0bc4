"""The learning rate is too low to get anywhere.

What it does: predicts the relative update of a step as C2T301 does, and compares its median over
layers with 2e-5. A base_lr of 0, which is the default, is an error.

Why: at 2e-5 a step, weights need 50,000 steps in one direction to change by themselves. Where a
small layer moves much faster (0.1 % a step) the net still learns, and nothing is reported.
A dead signal (C2T201) makes updates small too; it is then the cause.

Measured over 17 small nets in real Caffe: below 2e-5 none got anywhere in its run. Again on the
digits (4 convolutions 600 steps, a perceptron of 4 layers and a small LeNet 1000): test accuracy
at 1e-6 and 1e-5 4 to 12 %, at 2e-5 13, 17, 14 %, at 1e-4 36, 57, 12 %, at 1e-3 84, 89, 59 %.

Bad::

    base_lr: 1e-7

Good::

    base_lr: 0.01

Fix: the rate that makes the median 0.01, rounded down to one digit; where the rate is a usual one
and every lr_mult of weights is tiny, lr_mult: 1; for a rate of 0, one to start with. Unsafe: it
changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph.model import Node
from caffe2torch.lint import fix, naming, rate, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "warning"
RANK = 44
YIELDS_TO = ("C2T108", "C2T109", "C2T201", "C2T203", "C2T204", "C2T207", "C2T322", "C2T413")

SOME_LAYER = 1e-3
USUAL, USUAL_ADAPTIVE = "0.01", "0.001"
"""Rates to start with; where a net cannot bear them, C2T301 says so."""
TINY = 0.01
"""An lr_mult of weights that nobody writes to slow one layer down."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for a rate of 0, or a median that is too low."""
    if not c.param.base_lr:
        yield from _zero(c)
        return
    if rate.self_scaling(c) or c.signal.rates.adaptive:
        return
    assessment = rate.assess(c)
    if assessment is None or assessment.median >= rate.TOO_LOW or assessment.revived:
        return
    if max((layer.update or 0.0 for layer in c.signal.updates), default=0.0) >= SOME_LAYER:
        return
    if slowed := _slowed(c):
        yield _unslowed(c, slowed, assessment.share)
        return
    good = c.param.base_lr * remedy.GOOD_UPDATE / assessment.median if assessment.median else None
    text = fix.number(float(f"{good:.1g}")) if good and good < 1 else None
    edits = fix.put_solver(c.solver, "base_lr", text) if text else []
    yield Finding(
        f"base_lr {c.param.base_lr:g} moves the weights by only {assessment.share} of themselves "
        f"per update",
        c.span("base_lr"),
        hint=f"base_lr: {text}" if text else "raise base_lr",
        fix=Fix(f"base_lr: {text}", tuple(edits)) if edits else None,
        why=(
            f"{assessment.says()}; below {rate.TOO_LOW:g} nothing was learned in a usual run, "
            f"0.001 to 0.054 is "
            "healthy"
        ),
    )


def _slowed(c: Context) -> list[Node]:
    """The layers whose weights have a tiny lr_mult, if all that learn have one."""
    learning = [node for node in c.train.nodes if node.params and node.params[0].lr_mult > 0]
    slow = all(node.params[0].lr_mult < TINY for node in learning)
    return learning if slow else []


def _unslowed(c: Context, slowed: list[Node], share: str) -> Finding:
    """The finding for weights that are slowed down layer by layer, at a rate that is not."""
    edits: list[FileEdit] = []
    for node in slowed:
        if node.index is not None:
            edits += fix.put_layer(c.train.net, node.index, "param[0].lr_mult", "1")
    first = slowed[0]
    return Finding(
        f"lr_mult {first.params[0].lr_mult:g} lets the weights move by only {share} of themselves "
        "per update",
        c.train.span(first.index, "param[0].lr_mult"),
        hint="lr_mult: 1",
        fix=Fix(f"lr_mult: 1 in {naming.counted([n.name for n in slowed])}", tuple(edits))
        if edits
        else None,
        why=f"below {rate.TOO_LOW:g} nothing was learned in a usual run, 0.001 to 0.054 is healthy",
    )


def _zero(c: Context) -> Iterator[Finding]:
    """A rate of 0; none is written where a template leaves the value open (C2T002)."""
    if c.is_open("base_lr"):
        return
    start = USUAL_ADAPTIVE if c.signal.rates.adaptive else USUAL
    edits = tuple(fix.put_solver(c.solver, "base_lr", start))
    what = "is 0" if c.param.HasField("base_lr") else "is missing, so it is 0"
    yield Finding(
        f"base_lr {what}: nothing is ever updated",
        c.span("base_lr"),
        "error",
        hint=f"base_lr: {start} is a usual start",
        fix=Fix(f"base_lr: {start}", edits) if edits else None,
        ways=("write the rate into the file if a program is to set it: c2t cannot see that",),
    )

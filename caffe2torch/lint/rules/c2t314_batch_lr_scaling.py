"""A rate that suits a large batch, with a small one.

What it does: where a step moves the weights too far (C2T301) and the batch is below 32, asks
whether the same rate with a batch of 256 would be healthy. Then the batch is the reason.

Why: published rates belong to published batches (0.01 with 256 for AlexNet and VGG, 0.1 with 256
for ResNet). The gradient of a batch of n is an average: its noise falls as 1/√n. When the batch
shrinks to fit into memory, the rate has to shrink with it, between √n (same noise per step) and n
(same path); or iter_size makes up for it.
Source: Goyal et al. 2017; Krizhevsky 2014.

Measured on the digits, 250 steps, momentum 0.9: test accuracy at batch 64, 8 and 4 for the same
relative update. A small LeNet at 0.2: 93, 87, 21 %, at 0.4: 94, 21, 16 %; a perceptron of 4 layers
at 0.1: 97, 89, 47 %, at 0.2: 96, 10, 9 %; 4 convolutions at 0.4: 97, 80, 51 %. So a small batch
needs a lower rate, and from a median of 0.10 on it is a warning. Of the runs in
tests/lint/runs.csv that this rule would name 28 of 42 failed: below the largest stable rate 1 of 4,
at 1 to 3 times it 5 of 9, at 3 to 7.5 times 5 of 8. C2T301's curve gives plain nets with batches
below 32 shares of 37, 71 and 89 % at 1 to 3, 3 to 7.5 and 7.5 to 15 times it; 50, 53 and 75 % were
seen (of 16, 17 and 12 runs), and from 15 on 51 of 51. It is an error only as C2T301 is:
in a plain net from 15 times the largest stable rate on, which counts the batch's noise. Golden
solvers with a batch of 6 to 8 and medians of 0.10 to 0.15 train.

Bad::

    batch_size: 4       # memory was short
    base_lr: 0.1        # of a recipe with 256

Good::

    base_lr: 0.0016     # or: batch_size: 4 and iter_size: 64

Fix: the rate that C2T301 proposes. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import fix, rate, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
CONFIRMED_BY = ("C2T608", "C2T609", "C2T606")
RANK = 41
YIELDS_TO = ("C2T207", "C2T307", "C2T120")


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the rate is too high for this batch only."""
    if rate.self_scaling(c) or c.signal.rates.adaptive or c.param.base_lr <= 0:
        return
    assessment = rate.assess(c)
    if assessment is None or not (assessment.too_high and assessment.batch_explains):
        return
    good = remedy.good_rate(c, assessment.signal)
    value = fix.number(good) if good else ""
    edits = fix.put_solver(c.solver, "base_lr", value) if value else []
    source = next((s for s in c.train.sources if s.batch_size), None)
    yield Finding(
        f"base_lr {c.param.base_lr:g} is too high for a batch of {assessment.batch}",
        c.span("base_lr"),
        severity=rate.severity(c, assessment),
        hint=f"base_lr: {value}",
        ways=(f"iter_size: {max(2, 256 // max(1, assessment.batch))}",),
        fix=Fix(f"base_lr: {value}", tuple(edits)) if edits else None,
        about=source.name if source else "",
        also=("C2T301 lr-too-high",),
        why=f"it moves the weights by {assessment.share} of themselves a step "
        f"({assessment.says()}){assessment.odds}; with a batch of 256 that would be "
        f"{assessment.at_reference:.2g}, which is healthy",
    )

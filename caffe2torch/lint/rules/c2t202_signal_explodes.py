"""The logits are huge when training starts.

What it does: propagates moments through the net at initialisation and looks at the standard
deviation of the logits.

Why: logits of std s make softmax choose at random with certainty: the loss starts near 3.2·s for
1000 classes (Caffe shows at most 87.3 a sample), the gradient is p − y with p one random class,
and the weight gradients are as much too large as the activations. SGD then throws the weights
away at the first step.

Measured in real Caffe: healthy 0.16 to 1.1; VGG-16 with msra on raw pixels: 270, loss 87.3 at once.
From 10 on it is a warning: a rate that is low enough, an adaptive method or BatchNorm get over it,
at a price. 4 convolutions and a perceptron of 4 layers on the digits at logit std 3, 10, 30, 100,
test accuracy after 300 steps: with steps of 0.02 of the weights 97, 92, 89, 89 % and 95, 91, 89,
90 %; Adam at 0.001 98, 97, 92, 91 % and 96, 92, 89, 89 %; base_lr 0.01 whatever the std 98, 97, 59,
9 % and 97, 97, 20 % and not a number.

It is an error where the rate is fatal for the gradients that such logits make, as C2T301 judges it:
15 times the largest stable rate and more in a plain net. Where the size of the input is only
assumed (no data here, or a program fills it in) each is one less: a warning, else an info. Of 86
runs in tests/lint/runs.csv with a logit std above 10, all 69 of these failed, of the other 17
eight. Those whose loss has a curvature, by logit std and by rate ÷ largest stable one:

    logit std     below 1    1 to 15    15 and more
    10 to 30       1 of 7     2 of 3       11 of 11
    30 to 100      6 of 7     8 of 8         7 of 8
    100 and more   7 of 7     4 of 4       15 of 15

So below 30 a low rate is what decides; above, most runs are lost at any.

Bad::

    transform_param { mean_file: "mean.binaryproto" }    # pixels of ±128, and
    weight_filler { type: "msra" }

Good::

    transform_param { scale: 0.00390625 mean_file: "mean.binaryproto" }
    weight_filler { type: "msra" }

Fix: fillers that fit, or the input scale, whichever brings the std between 0.1 and 10. Unsafe: it
changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import rate, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.signal import LossSignal
from caffe2torch.lint.signal.numbers import show
from caffe2torch.moments.loss import FLOOR

SEVERITY = "error"
CONFIRMED_BY = ("C2T602", "C2T608", "C2T609", "C2T606")
RANK = 40
YIELDS_TO = ("C2T207", "C2T108", "C2T109", "C2T101", "C2T120", "C2T204", "C2T410", "C2T402")

HUGE = 10.0
INPUT_SHARE = 0.3
"""Share of the logits' std that comes from the input, from which the fillers are to blame."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the main loss."""
    main = c.signal.main
    if main is None or not c.from_scratch or main.classes < 2 or main.state.guess:
        return
    # With less from the input the biases are huge: C2T209.
    if main.std >= HUGE and main.input_std >= INPUT_SHARE * main.std:
        yield _finding(c, main)


def fatal(c: Context) -> bool:
    """Whether the rate is fatal for the gradients that such logits make."""
    assessment = rate.judge(c, c.signal) if c.is_solver and not c.signal.rates.adaptive else None
    return assessment is not None and assessment.fatal


def _severity(c: Context) -> str:
    """As grave as the rate makes it, and one less where the size of the input is only assumed."""
    if fatal(c):
        return c.softened("error")
    return "warning" if c.softened("error") == "error" else "info"


def _slow(c: Context) -> bool:
    """Whether steps are small in spite of the large gradients."""
    assessment = rate.judge(c, c.signal) if c.is_solver else None
    return assessment is not None and not assessment.too_high


def _finding(c: Context, main: LossSignal) -> Finding:
    cure = remedy.best(c)
    hint, *more = [remedy.foretold(c, way) for way in remedy.remedies(c)] or [
        "lower the fillers' std, or scale the input"
    ]
    loss = (
        f"the loss starts at {min(main.loss, FLOOR):.1f}"
        if main.loss is not None
        else "the loss is huge"
    )
    most = f" (Caffe shows at most {FLOOR} a sample)" if (main.loss or 0) > FLOOR else ""
    chance = f" where chance is {main.chance:.2f}" if main.chance else ""
    effect = "the first steps throw the weights away"
    if _slow(c):
        effect = "what the net learns first is to take that back"
    return Finding(
        f"logits have std {show(main.std)} at initialisation",
        c.train.span(main.node.index, "bottom"),
        severity=_severity(c),
        hint=hint,
        ways=tuple(more),
        fix=remedy.fix_of(cure) if cure else None,
        why=f"{loss}{most}{chance}, and {effect}",
    )

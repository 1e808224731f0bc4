"""The learning rate moves the weights too far in a step.

What it does: predicts base_lr · lr_mult · |gradient| / |weights| / (1 − momentum) for every layer
at initialisation, and takes the median over layers. Where the signal is dead as written (C2T201),
it takes the signal that the fix gives: a rate that seems harmless because no gradient
arrives is fatal once one does.

Why: a step that changes the weights by a tenth of themselves undoes what was learned, and with
momentum the next nine do the same. ReLUs die, the loss becomes ln C for ever, or 87.3365.

Measured over 17 small nets in real Caffe (weights only, SGD and Nesterov): healthy 0.001 to 0.054,
too high from 0.10. Many layers add up: the shrunk VGG-16 of the story (1/256, msra) moves 0.043 at
the rate 0.0648 and ends at ln 10; at 0.02 it reaches 85 %. So a median of 0.10, or one times
√layers of 0.14, is a warning where the rate is above the largest stable one, which the model knows
from the loss's second derivative (lint/stability.py); below it nine of ten such runs trained. From
a median of 1 on it is one in any case.

An error is only what no measured run came through. The table of these runs is tests/lint/runs.csv:
random nets of 1 to 16 weight layers on the digits, 300 iterations, softmax, hinge, Euclidean,
contrastive and sigmoid losses, batches of 2 to 64, momentum 0 to 0.99, rates over five decades.
Of plain nets (two layers and more, rectifiers alone, no BatchNorm) whose signal is alive, the
share that failed is 1 / (1 + exp(2.87 − 1.46 ln(rate ÷ largest stable) − 0.98 ln(layers))):

    rate ÷ largest stable      0.3     1     3    7.5
    2 layers                   2 %  10 %  36 %   68 %
    5 layers                   5 %  22 %  58 %   84 %
    16 layers                 13 %  47 %  81 %   94 %

From 15 on every run failed: an error. Where the loss has no curvature (hinge), it is one from a
median of 5 on. Single layers, bounded activations and BatchNorm came through hundreds of times the
largest stable rate, now and then: never an error. Golden solvers with batches of 6 to 8 move the
weights by 0.10 to 0.31 and train, some of them with this warning.

The proposed rate moves the weights by 0.01, but is no less than 0.3 and no more than 0.5 of the
largest stable one; the table holds runs at such rates, too.

The largest layer misleads: a small first layer on raw pixels is healthy at 1.1; only above 10 it
is reported: as a warning if the step is also a tenth of what msra would give the layer, as for
cifar_quick (conv1 of std 0.0001) at 100 times its rate. Weights in front of BatchNorm take far
more, and do not count.
Source: Cohen et al. 2021; Wu et al. 2018.

Bad::

    base_lr: 0.0648      # batch_size 6, VGG-16

Good::

    base_lr: 0.001

Fix: the proposed rate. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from caffe2torch.fillers.base import fans
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import fix, rate, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.lint.signal import LayerSignal
from caffe2torch.lint.signal.numbers import show

SEVERITY = "error"
CONFIRMED_BY = ("C2T608", "C2T609", "C2T606")
RANK = 42
YIELDS_TO = (
    "C2T207",
    "C2T209",
    "C2T307",
    "C2T104",
    "C2T109",
    "C2T120",
    "C2T101",
    "C2T402",
    "C2T410",
)

FAST_LAYER, RUNAWAY = 10.0, 0.1


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the median is too high, or else one for a single layer above 10."""
    if c.param.base_lr > 0 and not (c.signal.rates.adaptive or rate.self_scaling(c)):
        assessment = rate.assess(c)
        if assessment is not None and assessment.too_high and not assessment.batch_explains:
            if not _last_layer_explains(c):
                yield _finding(c, assessment)
        elif assessment is not None and not assessment.too_high:
            yield from _fastest(c)
        if (c.tuning_hints or not c.from_scratch) and not (assessment and assessment.too_high):
            yield from _tuned(c)


def _tuned(c: Context) -> Iterator[Finding]:
    """A rate that would be fatal for weights of a usual size, whatever they come from."""
    usual = {n.name: remedy.fitting_filler(c, n) for n in remedy.fillable(c) if _bare(n)}
    other = rate.judge(c, c.signal_with(fillers=usual)) if usual else None
    if other is None or not (other.fatal and other.median >= rate.TOO_HIGH):
        return  # weights that were trained send smaller gradients than random ones on raw pixels
    good = remedy.good_rate(c, other.signal)
    yield Finding(
        f"base_lr {c.param.base_lr:g} is too high for weights that are to be fine-tuned",
        c.span("base_lr"),
        severity="warning",
        hint=f"base_lr: {fix.number(good)}" if good and good < c.param.base_lr else "lower base_lr",
        fix=_fix(c, good),
        why=f"weights of the usual size move by {other.share} of themselves a step "
        f"({other.says()}); {_compared(other)}",
    )


def _bare(node: Node) -> bool:
    """Whether weights from elsewhere are to take the place of zeros."""
    param = getattr(node.param, node.layer.param_field)
    return not param.HasField("weight_filler")


def _last_layer_explains(c: Context) -> bool:
    """Whether only a last layer with large weights makes the gradients large (C2T210)."""
    main = c.signal.main
    if main is None or main.loss is None or not main.chance or main.loss < 2 * main.chance:
        return False
    last = c.signal.layers[-1]
    if not wiring.is_last(c.train.graph, last.node):
        return False
    other = rate.judge(c, c.signal_with(fillers={last.name: "xavier"}))
    return other is not None and not other.too_high


def _finding(c: Context, assessment: rate.Assessment) -> Finding:
    good = remedy.good_rate(c, assessment.signal)
    also = ("C2T314 batch-lr-scaling",) if assessment.batch < rate.SMALL_BATCH else ()
    batch = (
        f". With a batch of {assessment.batch} the rate is that of "
        f"{c.param.base_lr * 256 / assessment.batch:.2g} at 256" if also else ""
    )  # fmt: skip
    return Finding(
        f"base_lr {c.param.base_lr:g} moves the weights by {assessment.share} of themselves a step",
        c.span("base_lr"),
        severity=rate.severity(c, assessment),
        hint=f"base_lr: {fix.number(good)}" if good and good < c.param.base_lr else "lower base_lr",
        fix=_fix(c, good),
        also=also,
        why=f"{assessment.says()}; {_compared(assessment)}{batch}",
    )


def _compared(assessment: rate.Assessment) -> str:
    healthy = "0.001 to 0.054 is healthy"
    if assessment.edge is None or assessment.edge < rate.EDGE:
        return f"{healthy}, though nets of few layers train at more"
    beyond = f"{healthy}, and the rate is {show(assessment.edge)} times the largest stable one"
    return f"{beyond}{assessment.odds}"


def _step(c: Context, layer: LayerSignal) -> float:
    """The first step of a layer's weights ÷ the weights that msra would give it."""
    fan_in = fans(layer.node.params[0].shape)[0]
    return rate.tolerated(c, layer) * layer.weight_rms / sqrt(2 / fan_in)


def _fix(c: Context, good: float | None) -> Fix | None:
    if not good or good >= c.param.base_lr:
        return None
    return Fix(
        f"base_lr: {fix.number(good)}", tuple(fix.put_solver(c.solver, "base_lr", fix.number(good)))
    )


def _sure(c: Context) -> bool:
    """Whether the size of the input, which the update depends on, is known."""
    return c.softened("error") == "error"


def _fastest(c: Context) -> Iterator[Finding]:
    layer = max(c.signal.updates, key=lambda one: rate.tolerated(c, one), default=None)
    if layer is None or rate.tolerated(c, layer) < FAST_LAYER:
        return
    size = show(layer.update or 0.0)
    yield Finding(
        f'the first update moves layer "{layer.name}" by {size} times its weights',
        c.train.span(layer.node.index),
        severity="warning" if _step(c, layer) >= RUNAWAY and _sure(c) else "info",
        hint="a larger filler",
        ways=("a lower lr_mult, or a warm-up",),
        about=layer.name,
        why=f"its weights are small: their rms is {layer.weight_rms:.2g}",
    )

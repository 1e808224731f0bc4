"""Activations that squash: many Sigmoids or TanHs in a row, or one on the scores of a softmax.

What it does: counts the Sigmoid and TanH layers that follow layers with weights in a TRAIN net
without normalisation; and looks for Sigmoid, TanH or ReLU between the last layer and
SoftmaxWithLoss.

Why: a sigmoid's slope is at most 1/4, so n of them weaken the gradient of the first layer by 4^n
at least. Its output is positive, so the constant part of the signal grows at the cost of what
depends on the input. From three on the signal model grades it: an error where the logits are dead
and stay so (C2T201: BVLC's cifar10_full_sigmoid wakes up after 1,500 steps on Fashion-MNIST), a
warning where they nearly are, or the first layer moves less than 0.0001 a step; else an info, as
for BVLC's mnist_autoencoder, whose large sparse fillers make up for six of them. tanh has slope 1
at 0 and only saturates; it is reported from six on, as an info. On the scores, a Sigmoid or TanH
bounds them, and with that the loss from below: with C classes it cannot fall below
ln(1 + (C − 1)/e) with Sigmoid, ln(1 + (C − 1)/e²) with TanH. A ReLU there cuts the scores below 0
and their gradient; classes die.
Source: Glorot and Bengio 2010; LeCun et al., Efficient BackProp (1998).

Bad::

    Convolution, Sigmoid, Convolution, Sigmoid, Convolution, Sigmoid, InnerProduct

Good::

    Convolution, ReLU, ...    or a BatchNorm in front of each Sigmoid

Fix: ReLU in place of the hidden Sigmoids; an in-place activation of the scores is removed. Unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import e, isfinite, log

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Layer, Role
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix
from caffe2torch.lint.rules.c2t201_signal_vanishes import faint

SEVERITY = "warning"
CONFIRMED_BY = ("C2T601", "C2T604", "C2T606")
RANK = 47

ONE, MANY = 1, 6
"""Layers from which it is mentioned: of an activation that is nowhere steep, and of another."""
HARM, DEAD, CREEPS, SLOW = 3, 0.005, 0.03, 1e-4
"""Sigmoids from which harm is likely; logit std from the input; the first layer's update."""
BESIDE = 61
"""Rank of tanh: a filler that does not fit it is the likelier cause."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for hidden layers, and one for each loss."""
    squashing = [n for n in c.train.nodes if n.layer.saturates(n.site)]
    for kind in dict.fromkeys(n.layer for n in squashing):
        yield from _hidden(c, kind, [n for n in squashing if n.layer is kind and _between(c, n)])
    for node in c.train.nodes:
        softmax = node.layer.applies == "Softmax"
        sigmoid = node.layer.applies == "Sigmoid"
        hinge = node.type == "HingeLoss"
        squash = wiring.scored_by(c.train.graph, node) if softmax or sigmoid or hinge else None
        if squash is not None and (_cuts(squash) or (softmax and _is_bounded(squash))):
            yield _scores(c, node, squash)


def _is_bounded(node: Node) -> bool:
    return node.layer.plays(Role.ACTIVATION) and all(map(isfinite, node.layer.bounds(node.site)))


def _cuts(node: Node) -> bool:
    """Whether values below 0 go, and with them their gradient."""
    return node.layer.rectifies and node.layer.bounds(node.site)[0] == 0


def _hidden(c: Context, kind: Layer, layers: list[Node]) -> Iterator[Finding]:
    flat = kind.steepest < 1
    if len(layers) < (ONE if flat else MANY) or wiring.normalized(c.train.graph):
        return
    edits = tuple(
        e for n in layers for e in fix.put_layer(c.train.net, n.index or 0, "type", '"ReLU"')
    )
    single = len(layers) == 1
    slope = (
        f"a slope of {kind.steepest:g} at most{'' if single else ' each'} weakens the first "
        f"gradient {kind.steepest ** -len(layers):.4g} times at least"
        if flat
        else f"the slope is {kind.steepest:g} at 0 only"
    )
    count = naming.counted(layers, f"{kind.type} layer")
    where = f"a hidden {kind.type} layer" if single else f"{count} in a row"
    yield Finding(
        f"{where} without normalisation",
        c.train.span(layers[0].index, "type"),
        severity=_severity(c) if flat and len(layers) >= HARM else "info",
        rank=None if flat else BESIDE,
        hint="ReLU with msra fillers",
        ways=("a BatchNorm in front of each",),
        fix=Fix(f"ReLU in place of {count}", edits) if edits else None,
        why=f"{naming.listed([n.name for n in layers])}: {slope}",
    )


def _severity(c: Context) -> str:
    """How much is left of the signal and of the first layer's gradient."""
    main, layers = c.signal.main, c.signal.layers
    std = main.input_std if main is not None and c.signal.known else None
    first = next((layer.update for layer in layers if layer.update is not None), None)
    if std is not None and std < DEAD:
        stays = faint(c) == "error"
        return c.softened("error" if stays else "warning")
    harms = std is None or std < CREEPS or (first is not None and first < SLOW)
    return "warning" if harms else "info"


def _between(c: Context, node: Node) -> bool:
    """Whether it stands between layers with weights."""
    maker = wiring.scored_by(c.train.graph, node)
    return maker is not None and maker.type != "" and not wiring.is_last(c.train.graph, node)


def _scores(c: Context, loss: Node, squash: Node) -> Finding:
    shape = squash.top_shapes[0]
    classes = shape[1] if len(shape) > 1 else shape[0]
    if _is_bounded(squash):
        low, high = squash.layer.bounds(squash.site)
        floor = log(1 + (classes - 1) / e ** (high - low))
        what = f"bounds the scores: with {classes} classes the loss cannot fall below {floor:.2f}"
    else:
        what = "cuts scores below 0, and with them their gradient"
    edits = tuple(_without(c, squash))
    return Finding(
        f'layer "{squash.name}" ({squash.type}) stands between the scores and the loss',
        c.train.span(squash.index),
        hint="let the loss read the scores themselves",
        why=f'in front of layer "{loss.name}" ({loss.type}) it {what}',
        fix=Fix(f"remove {squash.name}", edits) if edits else None,
    )


def _without(c: Context, squash: Node) -> list[FileEdit]:
    if squash.index is None or not squash.site.in_place:
        return []
    return fix.drop_layer(c.train.net, squash.index)

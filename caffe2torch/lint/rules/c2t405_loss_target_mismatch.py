"""A loss gets targets or scores of another kind than it is made for.

What it does: looks at what each loss and Accuracy of the TRAIN and TEST nets reads:
labels where the scores belong; SoftmaxWithLoss over a single class; MultinomialLogisticLoss on
scores that are no probabilities; EuclideanLoss on class numbers, also where Caffe refuses their
sizes; SigmoidCrossEntropyLoss whose targets leave [0, 1].

Why: Caffe checks counts, not meanings. A softmax over one class is 1 whatever the net says: loss
and gradient are 0. The sigmoid loss has no lower bound for targets above 1, so it falls for ever
without the net learning anything. MultinomialLogisticLoss takes log(max(x, 1e-20)) of its input,
so negative scores give a constant with a gradient of 1e20. Euclidean distance takes class 3 for
the mean of 2 and 4.
Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, sigmoid_cross_entropy_loss_layer.cpp,
multinomial_logistic_loss_layer.cpp, euclidean_loss_layer.cpp.

Bad::

    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "label" bottom: "fc8" }

Good::

    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc8" bottom: "label" }

Fix: swapped bottoms are put in order, as that is what was meant. Unsafe, as it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import ShapeError
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix, targets
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK, FIRST = 30, 18
"""Rank; that in front of the refusals that follow from swapped bottoms."""
YIELDS_TO = ("C2T404",)


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each such loss."""
    seen: set[int] = set()
    for use in c.uses:
        for index, layer in use.layers:
            if index not in seen and _swapped(use, layer):
                seen.add(index)
                yield _swap(use, index, layer)
    yield from _classes(c)
    if not c.train.built:
        return
    for node in c.train.nodes:
        yield from _one_class(c, node)
        yield from _no_probabilities(c, node)
        yield from targets.check(c, node)


def _swapped(use: NetUse, layer: pb.LayerParameter) -> bool:
    """Whether a data layer's second top is read as scores, and something else as labels."""
    kind = layers.known(layer)
    if kind is None or kind.label_bottom != 1 or len(layer.bottom) < 2:
        return False
    labels = {source.layer.top[1] for source in use.sources if len(source.layer.top) == 2}
    return layer.bottom[0] in labels and layer.bottom[1] not in labels


def _swap(use: NetUse, index: int, layer: pb.LayerParameter) -> Finding:
    first, second = layer.bottom[0], layer.bottom[1]
    edits = fix.put_layer(use.net, index, "bottom[0]", f'"{second}"')
    edits += fix.put_layer(use.net, index, "bottom[1]", f'"{first}"')
    return Finding(
        f'layer "{layer.name}" ({layer.type}) has its bottoms in the wrong order',
        use.span(index, "bottom"),
        hint=f'bottom: "{second}" first, then bottom: "{first}"',
        fix=Fix("scores first, then labels", tuple(edits)) if edits else None,
        rank=FIRST,
        why=f'it takes the labels "{first}" for scores and "{second}" for labels',
    )


def _classes(c: Context) -> Iterator[Finding]:
    """Losses of distances or probabilities that get class numbers for many scores."""
    pairs = [s.layer.top for s in c.train.sources if 1 in s.kind.certain and len(s.layer.top) == 2]
    labels = {top for _, top in pairs}
    wrong = _refused(c) if not c.train.built else _many(c)
    for index, layer in c.train.layers:
        kind = layers.known(layer)
        paired = kind is not None and kind.paired
        if paired and labels & set(layer.bottom) and index in wrong:
            yield Finding(
                f'layer "{layer.name}" ({layer.type}) gets one class number a record as target',
                c.train.span(index, "bottom"),
                hint='type: "SoftmaxWithLoss", which takes class numbers',
                why="it needs a target for each score; Caffe refuses the sizes",
            )


def _refused(c: Context) -> set[int]:
    """Layers whose sizes were refused when the net was built."""
    lines = {e.span.line for e in c.failures if e.span and isinstance(e, ShapeError)}
    spans = {index: c.train.span(index, "bottom") for index, _ in c.train.layers}
    return {index for index, span in spans.items() if span and span.line in lines}


def _many(c: Context) -> set[int]:
    """Layers with several scores an item; where the data are not here, nobody has refused them."""
    shapes = {n.index: n.bottom_shapes[0] for n in c.train.nodes if n.layer.paired}
    return {i for i, shape in shapes.items() if i is not None and prod(shape[1:]) > 1}


def _one_class(c: Context, node: Node) -> Iterator[Finding]:
    softmax = node.layer.applies == "Softmax" and node.layer.label_bottom is not None
    if softmax and any(node.loss_weights) and node.layer.classes(node.site) == 1:
        shape = node.bottom_shapes[0]
        yield Finding(
            f'layer "{node.name}" ({node.type}) has scores of a single class',
            c.train.span(node.index, "bottom"),
            hint="num_output: 2",
            ways=("SigmoidCrossEntropyLoss for one yes-or-no score",),
            why=f"their shape is {shape}: its probability is always 1, the loss 0, and "
            f"nothing is trained",
        )


def _no_probabilities(c: Context, node: Node) -> Iterator[Finding]:
    if node.type != "MultinomialLogisticLoss":
        return
    maker = wiring.scored_by(c.train.graph, node)
    if maker is not None and maker.layer.plays(Role.WEIGHTS):
        yield Finding(
            f'layer "{node.name}" (MultinomialLogisticLoss) reads scores, not probabilities',
            c.train.span(node.index, "type"),
            hint='type: "SoftmaxWithLoss"',
            ways=("a Softmax layer between them",),
            why=f'it takes the logarithm of "{maker.tops[0]}" of layer "{maker.name}" '
            f"({maker.type})",
        )

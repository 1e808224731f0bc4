"""A loss gets targets or scores of another kind than it is made for.

What it does: looks at what each loss and Accuracy of the TRAIN and TEST nets reads:
labels where the scores belong; SoftmaxWithLoss over a single class; MultinomialLogisticLoss on
scores that are no probabilities; EuclideanLoss on class numbers; SigmoidCrossEntropyLoss whose
targets leave [0, 1].

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

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph import Node
from caffe2torch.lint import fix, wiring
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.lint.source import SourceUse

SEVERITY = "error"
RANK = 30
YIELDS_TO = ("C2T404",)

SCORED = ("SoftmaxWithLoss", "Accuracy", "HingeLoss", "MultinomialLogisticLoss", "InfogainLoss")


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each such loss."""
    seen: set[int] = set()
    for use in c.uses:
        for index, layer in use.layers:
            if index not in seen and _swapped(use, layer):
                seen.add(index)
                yield _swap(use, index, layer)
    for node in c.train.nodes:
        yield from _one_class(c, node)
        yield from _no_probabilities(c, node)
        yield from _targets(c, node)


def _swapped(use: NetUse, layer: pb.LayerParameter) -> bool:
    """Whether a data layer's second top is read as scores, and something else as labels."""
    if layer.type not in SCORED or len(layer.bottom) < 2:
        return False
    labels = {source.layer.top[1] for source in use.sources if len(source.layer.top) == 2}
    return layer.bottom[0] in labels and layer.bottom[1] not in labels


def _swap(use: NetUse, index: int, layer: pb.LayerParameter) -> Finding:
    first, second = layer.bottom[0], layer.bottom[1]
    edits = fix.put_layer(use.net, index, "bottom[0]", f'"{second}"')
    edits += fix.put_layer(use.net, index, "bottom[1]", f'"{first}"')
    return Finding(
        f'layer "{layer.name}" ({layer.type}) takes the labels "{first}" for scores and '
        f'"{second}" for labels',
        use.span(index, "bottom"),
        hint=f'bottom: "{second}" first, then bottom: "{first}"',
        fix=Fix("scores first, then labels", tuple(edits)) if edits else None,
    )


def _one_class(c: Context, node: Node) -> Iterator[Finding]:
    if node.type != "SoftmaxWithLoss" or not any(node.loss_weights):
        return
    shape, axis = node.bottom_shapes[0], node.param.softmax_param.axis
    if -len(shape) <= axis < len(shape) and shape[axis] == 1:
        yield Finding(
            f'layer "{node.name}" (SoftmaxWithLoss) has scores of shape {shape}, a single class: '
            "its probability is always 1, the loss 0, and nothing is trained",
            c.train.span(node.index, "bottom"),
            hint="num_output: 2, or SigmoidCrossEntropyLoss for one yes-or-no score",
        )


def _no_probabilities(c: Context, node: Node) -> Iterator[Finding]:
    if node.type != "MultinomialLogisticLoss":
        return
    maker = wiring.scored_by(c.train.graph, node)
    if maker is not None and maker.type in wiring.WEIGHTED:
        yield Finding(
            f'layer "{node.name}" (MultinomialLogisticLoss) takes the logarithm of '
            f'"{maker.tops[0]}", the scores of layer "{maker.name}" ({maker.type}), which are no '
            "probabilities",
            c.train.span(node.index, "type"),
            hint='type: "SoftmaxWithLoss", or a Softmax layer between them',
        )


def _targets(c: Context, node: Node) -> Iterator[Finding]:
    """Targets that come straight from a data layer."""
    if node.type not in ("EuclideanLoss", "SigmoidCrossEntropyLoss") or not any(node.loss_weights):
        return
    for bottom in (0, 1):
        found = _source(c, node, bottom)
        if found is not None and found[0].stats is not None:
            source, is_label = found
            kind = _euclidean if node.type == "EuclideanLoss" else _sigmoid
            yield from kind(c, node, source, is_label)


def _source(c: Context, node: Node, bottom: int) -> tuple[SourceUse, bool] | None:
    """The data layer behind a bottom, and whether the blob is its label top."""
    blob, at = node.bottoms[bottom], wiring.writer(c.train.graph, node, bottom)
    while at is not None and at.type in ("Flatten", "Reshape"):
        blob, at = at.bottoms[0], wiring.writer(c.train.graph, at)
    if at is None or not at.layer.source:
        return None
    use = next((s for s in c.train.sources if s.index == at.index), None)
    label = at.tops[1] if len(at.tops) == 2 else ""
    return (use, bool(label) and blob.split("_split_")[0].startswith(label)) if use else None


def _euclidean(c: Context, node: Node, source: SourceUse, is_label: bool) -> Iterator[Finding]:
    labels = source.stats.labels if source.stats else {}
    if is_label and len(labels) > 2 and source.type in ("Data", "ImageData"):
        yield Finding(
            f'layer "{node.name}" (EuclideanLoss) takes class numbers {min(labels)} to '
            f"{max(labels)} for distances: class 3 counts as the mean of 2 and 4",
            c.train.span(node.index, "type"),
            severity="warning",
            hint=f'for classes num_output: {max(labels) + 1} and type: "SoftmaxWithLoss"',
        )


def _sigmoid(c: Context, node: Node, source: SourceUse, is_label: bool) -> Iterator[Finding]:
    stats = source.stats
    assert stats is not None
    low: float
    high: float
    if is_label:
        loss = node.param.loss_param
        ignored = loss.ignore_label if loss.HasField("ignore_label") else None
        counted = [label for label in stats.labels if label != ignored]
        low, high = min(counted, default=0), max(counted, default=0)
    else:
        low, high = _pixels(source)
    if high > 1.001 or low < -0.001:
        yield Finding(
            f'layer "{node.name}" (SigmoidCrossEntropyLoss) has targets from {low:g} to {high:g}; '
            "outside [0, 1] the loss has no lower bound",
            c.train.span(node.index, "bottom"),
            severity="error" if high > 1.5 or low < -0.5 else "warning",
            hint="make the targets probabilities: scale 0.00390625 and no mean for 8-bit pixels",
        )


def _pixels(source: SourceUse) -> tuple[float, float]:
    """The range that transform_param makes of the records' values, as far as it is known."""
    stats, transform = source.stats, source.transform
    if stats is None or transform.mean_file or transform.mean_value:
        return 0.0, 0.0
    return float(stats.low.min()) * source.scale, float(stats.high.max()) * source.scale

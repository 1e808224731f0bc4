"""What a loss of distances or probabilities takes for its targets, straight from the data."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

REACHED = 0.02
"""Share of the targets' range that may lie outside what an activation gives: its ends are never
reached, but nearly."""
PAIRS = 64
"""Pairs from which on their flags say something."""


def check(c: Context, node: Node) -> Iterator[Finding]:
    """Targets that come straight from a data layer."""
    if not any(node.loss_weights):
        return
    if node.layer.paired:
        for bottom in (0, 1):
            read = _source(c, node, bottom)
            if read is not None and read[0].stats is not None:
                source, top = read
                if node.type == "SigmoidCrossEntropyLoss":
                    yield from _sigmoid(c, node, source, top)
                else:
                    yield from _distance(c, node, source, top)
                    yield from _beyond(c, node, source, top, 1 - bottom)
    elif node.type == "ContrastiveLoss":
        yield from _pairs(c, node)


def _source(c: Context, node: Node, bottom: int) -> tuple[SourceUse, int] | None:
    """The data layer behind a bottom, and which of its tops the blob is."""
    blob, at = node.bottoms[bottom], wiring.writer(c.train.graph, node, bottom)
    while at is not None and at.layer.plays(Role.RESHAPING):
        blob, at = at.bottoms[0], wiring.writer(c.train.graph, at)
    if at is None or not at.layer.source:
        return None
    use = next((s for s in c.train.sources if s.index == at.index), None)
    name = wiring.known_as(c.train.graph, blob)
    return (use, at.tops.index(name)) if use and name in at.tops else None


def _distance(c: Context, node: Node, source: SourceUse, top: int) -> Iterator[Finding]:
    labels = source.stats.labels if source.stats and not source.stats.maps else {}
    if top == 1 and len(labels) > 2 and 1 in source.kind.certain:
        yield Finding(
            f'layer "{node.name}" ({node.type}) takes class numbers {min(labels)} to '
            f"{max(labels)} for distances: class 3 counts as the mean of 2 and 4",
            c.train.span(node.index, "type"),
            severity="warning",
            hint=f'for classes num_output: {max(labels) + 1} and type: "SoftmaxWithLoss"',
        )


def _beyond(c: Context, node: Node, source: SourceUse, top: int, other: int) -> Iterator[Finding]:
    """Targets that an activation on the predictions cannot reach."""
    squash = wiring.writer(c.train.graph, node, other)
    while squash is not None and wiring.transparent(squash) and squash.bottoms:
        squash = wiring.writer(c.train.graph, squash)
    if squash is None or not squash.layer.plays(Role.ACTIVATION):
        return
    least, most = squash.layer.bounds(squash.site)
    low, high = _range(source, top)
    slack = REACHED * (high - low)
    if low < least - slack or high > most + slack:
        yield Finding(
            f'layer "{squash.name}" ({squash.type}) gives {least:g} to {most:g}, and the targets '
            f"are {low:.4g} to {high:.4g}",
            c.train.span(squash.index, "type"),
            severity="warning",
            hint=f'let layer "{node.name}" ({node.type}) read what "{squash.name}" reads',
            ways=("scale the targets into that range",),
            why="what lies outside can never be predicted",
        )


def _range(source: SourceUse, top: int) -> tuple[float, float]:
    """The least and the largest value of a top, as far as it is known; 0 and 0 if it is not."""
    stats = source.stats
    if stats is not None and top in stats.targets:
        return stats.targets[top].low, stats.targets[top].high
    return _pixels(source) if top == 0 else (0.0, 0.0)


def _pairs(c: Context, node: Node) -> Iterator[Finding]:
    """Flags of a ContrastiveLoss that are no yes and no, or always the same; a margin of 0."""
    margin = node.param.contrastive_loss_param.margin
    if margin <= 0:
        yield Finding(
            f'layer "{node.name}" (ContrastiveLoss) has margin {margin:g}',
            c.train.span(node.index, "contrastive_loss_param.margin"),
            severity="error",
            hint="margin: 1",
            why="dissimilar pairs have no loss, so all features become the same",
        )
    read = _source(c, node, 2)
    labels = read[0].stats.labels_of(read[1]) if read and read[0].stats else {}
    total = sum(labels.values())
    if read is None or total < PAIRS:
        return
    if set(labels) - {0, 1}:
        yield Finding(
            f'layer "{node.name}" (ContrastiveLoss) gets flags of {min(labels)} to {max(labels)}',
            c.train.span(node.index, "bottom"),
            severity="warning",
            hint="1 for a pair of one class, 0 for another",
            about=read[0].name,
            why="every value but 0 counts as similar: class numbers are no such flags",
        )
    elif len(labels) == 1:
        similar = 1 in labels
        yield Finding(
            f'layer "{node.name}" (ContrastiveLoss) gets only '
            f"{'similar' if similar else 'dissimilar'} pairs",
            c.train.span(node.index, "bottom"),
            severity="error",
            hint="pairs of both kinds, about as many of each",
            about=read[0].name,
            why="the loss is 0 once all features are the same"
            if similar
            else "nothing pulls features of one class together",
        )


def _sigmoid(c: Context, node: Node, source: SourceUse, top: int) -> Iterator[Finding]:
    stats = source.stats
    assert stats is not None
    low: float
    high: float
    if top in stats.targets:
        low, high = _range(source, top)
        ignored = _ignored(node)
        if ignored is not None and stats.targets[top].labels:
            counted = [label for label in stats.targets[top].labels if label != ignored]
            low, high = min(counted, default=0), max(counted, default=0)
    elif top == 1:
        ignored = _ignored(node)
        counted = [label for label in stats.labels if label != ignored]
        low, high = min(counted, default=0), max(counted, default=0)
    else:
        low, high = _pixels(source)
    if high > 1.001 or low < -0.001:
        yield Finding(
            f'layer "{node.name}" (SigmoidCrossEntropyLoss) has targets from {low:g} to {high:g}',
            c.train.span(node.index, "bottom"),
            severity="error" if high > 1.5 or low < -0.5 else "warning",
            hint="make the targets probabilities: scale 0.00390625 and no mean for 8-bit pixels"
            if top == 0
            else "store 0 or 1, or what lies between",
            why="outside [0, 1] the loss has no lower bound",
        )


def _ignored(node: Node) -> int | None:
    loss = node.param.loss_param
    return int(loss.ignore_label) if loss.HasField("ignore_label") else None


def _pixels(source: SourceUse) -> tuple[float, float]:
    """The range that transform_param makes of the records' values, as far as it is known."""
    stats, transform = source.stats, source.transform
    if stats is None or transform.mean_file:
        return 0.0, 0.0
    means = transform.mean_value or (0.0,)
    low, high = float(stats.low.min()) - max(means), float(stats.high.max()) - min(means)
    return low * source.scale, high * source.scale

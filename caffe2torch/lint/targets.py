"""What a loss of distances or probabilities takes for its targets, straight from the data."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding


def check(c: Context, node: Node) -> Iterator[Finding]:
    """Targets that come straight from a data layer."""
    if not node.layer.paired or not any(node.loss_weights):
        return
    for bottom in (0, 1):
        read = _source(c, node, bottom)
        if read is not None and read[0].stats is not None:
            source, is_label = read
            kind = _sigmoid if node.type == "SigmoidCrossEntropyLoss" else _distance
            yield from kind(c, node, source, is_label)


def _source(c: Context, node: Node, bottom: int) -> tuple[SourceUse, bool] | None:
    """The data layer behind a bottom, and whether the blob is its label top."""
    blob, at = node.bottoms[bottom], wiring.writer(c.train.graph, node, bottom)
    while at is not None and at.layer.plays(Role.RESHAPING):
        blob, at = at.bottoms[0], wiring.writer(c.train.graph, at)
    if at is None or not at.layer.source:
        return None
    use = next((s for s in c.train.sources if s.index == at.index), None)
    is_label = wiring.known_as(c.train.graph, blob) in at.tops[1:2]
    return (use, is_label) if use else None


def _distance(c: Context, node: Node, source: SourceUse, is_label: bool) -> Iterator[Finding]:
    labels = source.stats.labels if source.stats and not source.stats.maps else {}
    if is_label and len(labels) > 2 and 1 in source.kind.certain:
        yield Finding(
            f'layer "{node.name}" ({node.type}) takes class numbers {min(labels)} to '
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
            f'layer "{node.name}" (SigmoidCrossEntropyLoss) has targets from {low:g} to {high:g}',
            c.train.span(node.index, "bottom"),
            severity="error" if high > 1.5 or low < -0.5 else "warning",
            hint="make the targets probabilities: scale 0.00390625 and no mean for 8-bit pixels",
            why="outside [0, 1] the loss has no lower bound",
        )


def _pixels(source: SourceUse) -> tuple[float, float]:
    """The range that transform_param makes of the records' values, as far as it is known."""
    stats, transform = source.stats, source.transform
    if stats is None or transform.mean_file:
        return 0.0, 0.0
    means = transform.mean_value or (0.0,)
    low, high = float(stats.low.min()) - max(means), float(stats.high.max()) - min(means)
    return low * source.scale, high * source.scale

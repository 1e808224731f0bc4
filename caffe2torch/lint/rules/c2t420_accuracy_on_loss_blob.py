"""Accuracy reads a loss, or other scores than the loss trains.

What it does: looks at the first bottom of each Accuracy layer of the TRAIN and TEST nets: a top of
a loss layer is an error; scores that no loss of the TRAIN net reads are a warning.

Why: Accuracy needs one score a class and sample. A loss is a single number: Caffe refuses it, or
with a per-sample top calls garbage an accuracy. An Accuracy on scores that nothing trains stays at
chance while the loss falls.
Source: Caffe src/caffe/layers/accuracy_layer.cpp, Reshape.

Bad::

    layer { name: "accuracy" type: "Accuracy" bottom: "loss" bottom: "label" top: "accuracy" }

Good::

    layer { name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy" }

Fix: Accuracy reads the scores of the loss. Safe: training stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.graph import wiring
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 26


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each such Accuracy layer."""
    seen: set[int] = set()
    for use in c.uses:
        losses = {p.top[0]: p for _, p in use.layers if p.top and layers.is_loss(p)}
        for index, layer in use.layers:
            if not _scores_labels(layer) or index in seen or not layer.bottom:
                continue
            loss = losses.get(layer.bottom[0])
            if loss is not None and loss.bottom:
                seen.add(index)
                yield _finding(use, index, layer, loss)
    yield from _untrained(c)


def _finding(use: NetUse, index: int, layer: pb.LayerParameter, loss: pb.LayerParameter) -> Finding:
    scores = loss.bottom[0]
    edits = tuple(fix.put_layer(use.net, index, "bottom[0]", f'"{scores}"'))
    return Finding(
        f'layer "{layer.name}" ({layer.type}) reads the loss "{layer.bottom[0]}"',
        use.span(index),  # where the refusal of the net points, which this explains
        hint=f'bottom: "{scores}", as the loss reads',
        fix=Fix(f'{layer.name} reads "{scores}"', edits, safe=True) if edits else None,
        about=layer.name,
        why=f'layer "{loss.name}" ({loss.type}) makes one number of it, not scores',
    )


def _untrained(c: Context) -> Iterator[Finding]:
    """Accuracy in TEST on what ends at no loss of TRAIN, or only by way of other weights."""
    trained = _above_losses(c) if c.from_scratch else set()
    hidden = _hidden(c)
    for test in c.tests[:1]:
        producers = {top: layer for _, layer in test.layers for top in layer.top}
        for index, layer in test.layers:
            if _scores_labels(layer) and layer.bottom and layer.bottom[0] in hidden:
                yield Finding(
                    f'layer "{layer.name}" ({layer.type}) reads "{layer.bottom[0]}", which is '
                    f"hidden",
                    test.span(index, "bottom"),
                    severity="warning",
                    hint="let it read what the loss reads",
                    why=f'no loss reads "{layer.bottom[0]}" itself: its values are no scores of '
                    f"the classes",
                )
            blob = _scores(producers, layer) if trained and _scores_labels(layer) else ""
            if blob and blob not in trained:
                yield Finding(
                    f'layer "{layer.name}" ({layer.type}) reads "{layer.bottom[0]}", which '
                    f"is not trained",
                    test.span(index, "bottom"),
                    severity="warning",
                    hint="let it read what the loss reads",
                    why="no loss of the TRAIN net depends on it",
                    about=layer.name,
                )


def _hidden(c: Context) -> set[str]:
    """Blobs of the TRAIN net that reach a loss through further layers with weights alone."""
    graph = c.train.graph
    scores: set[str] = set(graph.loss_weights)
    inner: set[str] = set()
    for node in reversed(graph.nodes):
        if node.layer.source or not (scores | inner).intersection(node.tops):
            continue
        if wiring.makes_scores(node.layer):
            inner.update(node.bottoms)
        else:
            for blobs in (scores, inner):
                if blobs.intersection(node.tops):
                    blobs.update(node.bottoms)
    shown = {blob.partition("_split")[0] for blob in scores}
    return {blob.partition("_split")[0] for blob in inner} - shown


def _scores(producers: dict[str, pb.LayerParameter], layer: pb.LayerParameter) -> str:
    """The blob of weighted sums that an Accuracy reads, past a Softmax; "" if it is none."""
    blob = layer.bottom[0] if layer.bottom else ""
    maker = producers.get(blob)
    if maker is not None and maker.type == "Softmax" and maker.bottom[0] != blob:
        blob = maker.bottom[0]
        maker = producers.get(blob)
    kind = layers.known(maker) if maker is not None else None
    return blob if kind is not None and wiring.makes_scores(kind) else ""


def _scores_labels(layer: pb.LayerParameter) -> bool:
    """Whether a layer measures scores by their labels."""
    kind = layers.known(layer)
    return kind is not None and kind.plays(Role.METRIC) and kind.label_bottom is not None


def _above_losses(c: Context) -> set[str]:
    """Blobs of the TRAIN net from which a loss is reached."""
    graph = c.train.graph
    above = set(graph.loss_weights)
    for node in reversed(graph.nodes):
        if above.intersection(node.tops):
            above.update(node.bottoms)
    return above | {blob.partition("_split")[0] for blob in above}

"""A layer of the TRAIN net makes a blob that nothing reads.

What it does: looks for tops of the TRAIN net without reader and without loss weight. Metrics
(Accuracy, ArgMax, ...), probabilities made for show, source layers' tops and Python layers are
meant to end there and are not reported.

Why: Caffe prints such a blob as an output and trains on. A branch that ends in it gets no
gradient, so its weights keep their random values; often the bottom of the next layer is a slip
after copying and pasting.
Source: Caffe src/caffe/net.cpp, Net::Init: "This network produces output", and the walk backward
that finds which layers lie under a loss.

Bad::

    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "relu1" }
    layer { name: "conv2" type: "Convolution" bottom: "conv1" ... }    # relu1 is lost

Good::

    layer { name: "conv2" type: "Convolution" bottom: "relu1" ... }

Fix: none; only the author knows who should have read it.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.errors import plural
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 35
YIELDS_TO = ("C2T402", "C2T412")

PROBABILITIES = (0.0, 1.0)


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each blob that goes nowhere."""
    if not c.is_solver and not c.train.has_loss:
        return
    graph = c.train.graph
    if not graph.loss_weights:
        return  # C2T412: without a loss every net has outputs
    for node in c.train.nodes:
        if _is_end(node):
            continue
        lost = [
            top for top, weight in zip(node.tops, node.loss_weights, strict=True)
            if top in graph.outputs and not weight and _last_writer(c, node, top)
        ]  # fmt: skip
        if lost and len(lost) == len(node.tops):
            yield _finding(c, node, lost[0])


def _is_end(node: Node) -> bool:
    """Whether a layer is made to end a branch, or to begin one."""
    layer = node.layer
    ends = layer.loss or layer.side_effects or layer.plays(Role.METRIC, Role.RESULT)
    return ends or not node.bottoms


def _is_shown(node: Node) -> bool:
    """Whether its top is commonly left alone: probabilities, the spare part, a smaller map."""
    shown = node.layer.bounds(node.site) == PROBABILITIES
    return shown or node.layer.plays(Role.RESHAPING, Role.POOLING)


def _last_writer(c: Context, node: Node, top: str) -> bool:
    later = c.train.nodes[c.train.nodes.index(node) + 1 :]
    return not any(top in other.tops for other in later)


def _finding(c: Context, node: Node, top: str) -> Finding:
    idle = _weights_above(c, node)
    passed = _passed_by(c, node)
    parts = []
    if idle:
        parts.append(
            f"{plural(len(idle), 'layer')} with weights serve it alone and are never trained"
        )
    hint = "name it as a bottom, or remove the layer"
    if passed:
        bottom, readers = passed
        parts.append(f'{readers} read{"s" if "," not in readers else ""} "{bottom}"')
        hint = f'bottom: "{top}" there, or remove the layer'
    return Finding(
        f'nothing reads top "{top}" of layer "{node.name}" ({node.type})',
        c.train.span(node.index, "top"),
        severity="info" if _is_shown(node) and not idle else "warning",
        hint=hint,
        why="; ".join(parts),
        about=top,
    )


def _weights_above(c: Context, node: Node) -> list[Node]:
    """Layers with weights from which only this blob can be reached."""
    blobs, nodes = set(node.tops) | set(node.bottoms), []
    if node.params:
        nodes.append(node)
    for other in reversed(c.train.graph.nodes[: c.train.graph.nodes.index(node)]):
        if not blobs.intersection(other.tops) or other.need_backward:
            continue
        blobs.update(other.bottoms)
        if other.params:
            nodes.append(other)
    return [other for other in nodes if other.layer.plays(Role.WEIGHTS)]


def _passed_by(c: Context, node: Node) -> tuple[str, str] | None:
    """The bottom that others read in its place, and who they are."""
    if len(node.bottoms) != 1 or node.layer.plays(Role.WEIGHTS):
        return None
    maker = wiring.writer(c.train.graph, node)
    if maker is None or maker.layer.source:
        return None
    others = [r.name for r in wiring.readers(c.train.graph, maker) if r.name != node.name]
    top = node.param.bottom[0] if maker.index is None else maker.tops[0]
    return (top, ", ".join(others[:3])) if others else None

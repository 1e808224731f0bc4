"""SigmoidCrossEntropyLoss, which contains a sigmoid, reads the output of a Sigmoid or Softmax.

What it does: looks at the scores of each SigmoidCrossEntropyLoss for a Sigmoid or Softmax layer
before them.

Why: the loss squashes its input itself. Scores between 0 and 1 become probabilities between 0.5 and
0.73, so a target of 0 costs at least ln 2 = 0.693 and a target of 1 at least 0.313, however well
the net does, and the two sigmoids' slopes multiply (at most 1/16).
Source: Caffe src/caffe/layers/sigmoid_cross_entropy_loss_layer.cpp, LayerSetUp makes its own
Sigmoid.

Bad::

    layer { name: "sig" type: "Sigmoid" bottom: "score" top: "sig" }
    layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "sig" bottom: "target" }

Good::

    layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "target" }

Fix: the loss reads what the Sigmoid reads; a Sigmoid in place is removed. Unsafe: it changes
training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 31


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each such loss."""
    for node in c.train.nodes:
        if node.layer.applies != "Sigmoid":
            continue
        at = wiring.scored_by(c.train.graph, node)
        if at is not None and at.layer.bounds(at.site) == (0.0, 1.0):
            yield _finding(c, node, at)


def _finding(c: Context, loss: Node, squash: Node) -> Finding:
    edits = tuple(_edits(c, loss, squash))
    return Finding(
        f'layer "{loss.name}" reads the output of a {squash.type} layer',
        c.train.span(loss.index, "bottom"),
        hint=f"let the loss read the scores before {squash.name}",
        fix=Fix(f"{loss.name} reads the scores", edits) if edits else None,
        why=f'it has its own sigmoid, and reads "{squash.tops[0]}" of "{squash.name}": '
        "a target of 0 costs at least 0.693, a target of 1 at least 0.313",
    )


def _edits(c: Context, loss: Node, squash: Node) -> list[FileEdit]:
    if wiring.writer(c.train.graph, loss) is not squash:
        return []
    if loss.index is None or squash.index is None:
        return []
    scores = c.train.net.message.layer[squash.index].bottom[0]
    if scores == squash.tops[0]:
        return fix.drop_layer(c.train.net, squash.index)
    return fix.put_layer(c.train.net, loss.index, "bottom[0]", f'"{scores}"')

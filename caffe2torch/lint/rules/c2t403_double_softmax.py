"""A loss that contains a softmax reads the output of a Softmax layer.

What it does: looks at the scores of SoftmaxWithLoss and InfogainLoss for a Softmax layer before
them, past Dropout, Flatten and the like.

Why: the second softmax gets scores between 0 and 1 only. Even a perfect net then gives the right
class no more than e/(e + C − 1): the loss cannot fall below ln(e + C − 1) − 1, which is 1.46 for 10
classes and 5.9 for 1000, and the gradient is weak everywhere.
Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, LayerSetUp makes its own Softmax.

Bad::

    layer { name: "prob" type: "Softmax" bottom: "fc8" top: "prob" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "prob" bottom: "label" }

Good::

    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc8" bottom: "label" }

Fix: the loss reads what the Softmax reads. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import e, log

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 31


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each loss behind a Softmax."""
    for node in c.train.nodes:
        if node.layer.applies == "Softmax":
            softmax = wiring.scored_by(c.train.graph, node)
            if softmax is not None and softmax.type == "Softmax":
                yield _finding(c, node, softmax)


def _finding(c: Context, loss: Node, softmax: Node) -> Finding:
    shape = softmax.top_shapes[0]
    axis = softmax.param.softmax_param.axis
    classes = shape[axis] if -len(shape) <= axis < len(shape) else shape[-1]
    scores = c.train.net.message.layer[softmax.index or 0].bottom[0]
    edits: tuple[FileEdit, ...] = ()
    if loss.index is not None and wiring.writer(c.train.graph, loss) is softmax:
        if scores != softmax.tops[0]:
            edits = tuple(fix.put_layer(c.train.net, loss.index, "bottom[0]", f'"{scores}"'))
        elif softmax.index is not None:
            edits = tuple(fix.drop_layer(c.train.net, softmax.index))
    return Finding(
        f'layer "{loss.name}" ({loss.type}) reads the output of a Softmax layer',
        c.train.span(loss.index, "bottom"),
        hint=f'bottom: "{scores}" in the loss',
        fix=Fix(f"{loss.name} reads the scores", edits) if edits else None,
        why=f'it has its own softmax, and reads "{softmax.tops[0]}" of "{softmax.name}": '
        f"with {classes} classes the loss cannot fall below {log(e + classes - 1) - 1:.2f}",
    )

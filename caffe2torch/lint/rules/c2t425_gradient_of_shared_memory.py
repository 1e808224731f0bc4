"""A gradient that Caffe's shared memory loses, or adds to.

What it does: looks for layers whose maker never gets their gradient (an LSTM, RNN or Reshape in
front of a Flatten), and for losses of weight 0 that leave numbers in a gradient which a Split sums
up (HingeLoss).

Why: Flatten's backward hands its bottom the memory of its top; a layer that had lent its bottom
memory of its own never sees it, and all weights below keep their first values. HingeLoss uses the
gradient of its bottom as scratch space in its forward; with loss_weight 0 its backward does not
run, and where the scores have another reader, the Split in front of them adds that scratch, which
is not divided by the batch size, to the real gradient: a small net that else reaches 98 % on the
digits ended in NaN. Caffe trains both configs, and not as they are written; caffe2torch reproduces
it.
Source: Caffe src/caffe/layers/flatten_layer.cpp, hinge_loss_layer.cpp, split_layer.cpp.

Bad::

    layer { name: "lstm" type: "LSTM" bottom: "seq" bottom: "cont" top: "lstm" ... }
    layer { name: "flat" type: "Flatten" bottom: "lstm" top: "flat" }

    layer { type: "HingeLoss" bottom: "score" bottom: "label" loss_weight: 0 }

Good::

    layer { name: "ip" type: "InnerProduct" bottom: "lstm" top: "ip" ... }    # flattens by itself

    layer { type: "HingeLoss" bottom: "score" bottom: "label" include { phase: TEST } }
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 38


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each gradient that is lost, and for each that is added to."""
    graph = c.train.graph
    for blob, position in graph.memory.lost().items():
        node, maker = graph.nodes[position], graph.nodes[graph.memory.makers[blob]]
        yield Finding(
            f'layer "{maker.name}" ({maker.type}) in front of "{node.name}" gets no gradient',
            c.train.span(node.index),
            hint="leave the Flatten out: InnerProduct flattens by itself",
            ways=("another layer between the two",),
            about=node.name,
            why=f"in Caffe the {node.type} keeps it to itself: nothing below is ever trained",
        )
    for position, split in graph.memory.residues().items():
        node, scores = graph.nodes[position], graph.nodes[split].bottoms[0]
        yield Finding(
            f'layer "{node.name}" ({node.type}, loss_weight 0) changes the gradient of "{scores}"',
            c.train.span(node.index, "loss_weight"),
            hint="include { phase: TEST }",
            ways=("remove the layer",),
            about=node.name,
            why="its forward leaves its margins in that gradient, not divided by the batch of "
            f"{graph.nodes[position].bottom_shapes[0][0]}, and Caffe adds them to the real one",
        )

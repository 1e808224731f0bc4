"""An in-place layer overwrites what an earlier layer's backward still reads.

What it does: looks in the TRAIN net for layers whose gradient Caffe computes from their own blob (a
ReLU from its sign, Sigmoid from its value, LRN, Softmax, ...) and that a later in-place layer
changes. Layers that keep signs (ReLU, Dropout) do a ReLU no harm. Names the reason where Caffe
refuses an in-place layer because an earlier one has read its blob.

Why: Caffe's backward reads blobs as they are then. ReLU in place, then Scale or Power in place:
the ReLU's backward tests the sign of the scaled values. The gradient is wrong and nothing says so;
Caffe did train such nets, more slowly or not at all, and caffe2torch reproduces it exactly.
Source: Caffe src/caffe/layers/relu_layer.cpp and others, Backward_cpu.

Bad::

    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
    layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" }

Good::

    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
    layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "bn1" }

Fix: the overwriting layer gets a top of its own, and what follows reads it. Unsafe: gradients
change, to the right ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph.model import Graph, Node
from caffe2torch.lint import in_place
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK, FIRST = 48, 18
"""Rank; that in front of what else a refused net gives rise to."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all such pairs, at the first overwriting layer, or a refused one."""
    if not c.train.built:
        yield from _refused(c)
        return
    graph = c.train.graph
    pairs = _pairs(graph)
    if not pairs:
        return
    before, after = pairs[0]
    more = f" (and {len(pairs) - 1} more such pairs)" if len(pairs) > 1 else ""
    blob = next(
        blob for blob in (*before.tops, *before.bottoms)
        if graph.memory.cells[blob] == graph.memory.cells[after.tops[0]]
    )  # fmt: skip
    yield Finding(
        in_place.overwriting(graph, after, blob),
        c.train.span(after.index, "top"),
        hint="give it a top of its own",
        about=after.tops[0],
        fix=in_place.own_top(c.train.net, after),
        why=f'the backward of layer "{before.name}" ({before.type}) reads it: its gradient '
        f"is wrong{more}",
    )


def _refused(c: Context) -> Iterator[Finding]:
    """In-place layers that Caffe refuses, since an earlier layer has read the blob as well."""
    lines = {e.span.line: e for e in c.failures if e.span and "multiple sources" in e.message}
    for index, layer in c.train.layers:
        span = c.train.span(index, "top")
        shared = [blob for blob in layer.top if blob in layer.bottom]
        if shared and span and span.line in lines:
            yield Finding(
                f'layer "{layer.name}" ({layer.type}) overwrites "{shared[0]}" in place',
                lines[span.line].span,
                severity="error",
                hint="give it a top of its own",
                ways=("put it in front of the other reader",),
                rank=FIRST,
                why="an earlier layer reads it as well; Caffe refuses the net",
            )


def _pairs(graph: Graph) -> list[tuple[Node, Node]]:
    """(layer, the first later one that spoils what its backward reads)."""
    spoilers = ((node, graph.memory.spoiler(i)) for i, node in enumerate(graph.nodes))
    return [(n, graph.nodes[at]) for n, at in spoilers if n.need_backward and at is not None]

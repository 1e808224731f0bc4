"""Two layers with weights follow each other without a nonlinearity between them.

What it does: looks in the TRAIN net for convolutions and inner products whose output reaches the
next one through linear layers only (normalisation, Scale, Dropout, average pooling count as such).

Why: two linear maps in a row are one linear map: the second layer adds weights and no
expressiveness. Where the first has fewer outputs than both its inputs and the next one's outputs,
it is a bottleneck as made on purpose (factorised layers, embeddings, the code of an autoencoder),
and not reported; nor are grouped convolutions in front of 1 x 1 ones (depthwise separable), frozen
layers, Deconvolutions, layers that anything else reads too (gates, shortcuts), nor layers before
max pooling, which is a nonlinearity (LeNet).
Little harm in itself, so a warning; an info for a single pair in front of the loss, as BVLC's
cifar10_quick and its siamese net have it.
Source: any composition of linear maps is linear.

Bad::

    layer { name: "ip1" type: "InnerProduct" ... }
    layer { name: "ip2" type: "InnerProduct" bottom: "ip1" ... }

Good::

    layer { name: "ip1" type: "InnerProduct" top: "ip1" ... }
    layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
    layer { name: "ip2" type: "InnerProduct" bottom: "ip1" ... }

Fix: a ReLU in place behind the first. Unsafe: it changes the net.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "warning"
RANK, USUAL, LINEAR = 46, 94, 39
"""Rank; that of a single pair in front of the loss, which healthy nets have, too; that of MANY
pairs, in front of the large signal that the missing rectifiers leave."""
MANY = 4


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all such pairs, at the first one's layer."""
    pairs = list(_pairs(c))
    if not pairs:
        return
    first, after = pairs[0]
    layers = list({id(node): node for node, _ in pairs}.values())
    taken = naming.taken(c.train.net.message)
    edits = tuple(edit for node in layers for edit in _edits(c, node, taken))
    more = f" (and {len(pairs) - 1} more such pairs)" if len(pairs) > 1 else ""
    usual = len(pairs) == 1 and wiring.is_last(c.train.graph, after)
    yield Finding(
        f'no nonlinearity between layer "{first.name}" and layer "{after.name}"',
        c.train.span(first.index),
        severity="info" if usual else "warning",
        rank=USUAL if usual else LINEAR if len(pairs) >= MANY else None,
        hint=f'a ReLU behind "{first.name}"',
        fix=Fix(f"ReLU behind {naming.listed([n.name for n in layers])}", edits) if edits else None,
        why=f"together they are one linear layer of {_outputs(first)} dimensions at most{more}",
    )


def _pairs(c: Context) -> Iterator[tuple[Node, Node]]:
    """Each pair once, though several branches share its weights."""
    seen = set()
    for node in c.train.nodes:
        for after in _next(c, node):
            owners = [
                (owner := n.params[0].owner or n.params[0]).key + owner.layer for n in (node, after)
            ]
            if tuple(owners) not in seen:
                seen.add(tuple(owners))
                yield node, after


def _next(c: Context, node: Node) -> list[Node]:
    """Layers with weights that read this one through linear layers only."""
    if not wiring.makes_scores(node.layer) or not _trained(node) or _group(node) > 1:
        return []
    following = wiring.following(c.train.graph, node, _linear)
    if not all(wiring.makes_scores(after.layer) for after in following):
        return []  # what else reads it may well be nonlinear: a shortcut, a gate
    return [
        after for after in following
        if _trained(after) and not _narrow(node, after) and _group(after) == 1
    ]  # fmt: skip


def _linear(node: Node) -> bool:
    return node.layer.linear(node.site)


def _trained(node: Node) -> bool:
    return bool(node.params) and node.params[0].lr_mult != 0 and node.need_backward


def _group(node: Node) -> int:
    return node.layer.group(node.site)


def _outputs(node: Node) -> int:
    return int(getattr(node.param, node.layer.param_field).num_output)


def _narrow(node: Node, after: Node) -> bool:
    """Whether the first layer lowers the rank: a bottleneck."""
    inputs = node.params[0].blob.count // max(1, _outputs(node))
    return _outputs(node) < min(inputs, _outputs(after))


def _edits(c: Context, node: Node, taken: set[str]) -> list[FileEdit]:
    if node.index is None:
        return []
    net, top = c.train.net, c.train.net.message.layer[node.index].top[0]
    name = naming.fresh(taken, f"{node.name}_relu")
    source = f'layer {{ name: "{name}" type: "ReLU" bottom: "{top}" top: "{top}" }}'
    return fix.insert_after_layer(net, node.index, source)

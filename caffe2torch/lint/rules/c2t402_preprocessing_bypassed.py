"""Prepared data goes nowhere, because the net reads the raw data.

What it does: follows each unread blob of the TRAIN net back through layers without trained weights
(Power, Scale, Bias, MVN, BatchNorm, Crop, ...) to a data layer, and looks whether a layer with
weights reads the data layer's own top.

Why: the scaling, centring or augmentation is computed and thrown away, and the net sees raw pixels.
It is the classic slip when preprocessing is added to a finished net: the first convolution keeps
its old bottom. Nothing complains; the loss is only worse, or 87.3365.
Source: Caffe src/caffe/net.cpp, Net::Init: an unread top is an output, not an error.

Bad::

    layer { name: "scaled" type: "Power" bottom: "data" top: "scaled" ... }
    layer { name: "conv1" type: "Convolution" bottom: "data" ... }

Good::

    layer { name: "conv1" type: "Convolution" bottom: "scaled" ... }

Fix: the reader's bottom becomes the prepared blob. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 25


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each chain of preparing layers that nobody reads."""
    outputs = set(c.train.graph.outputs)
    for node in c.train.nodes:
        if not _prepares(node) or not outputs.intersection(node.tops):
            continue
        chain = _chain(c, node)
        source = wiring.writer(c.train.graph, chain[0]) if chain else None
        if source is None or not source.layer.source:
            continue
        raw = wiring.known_as(c.train.graph, chain[0].bottoms[0])
        eager = [n for n in _readers(c, source, raw) if n.layer.plays(Role.WEIGHTS)]
        if eager:
            yield _finding(c, chain, raw, eager)


def _prepares(node: Node) -> bool:
    """Whether a layer may prepare data: it computes, and learns at most a factor and an offset."""
    layer = node.layer
    if layer.loss or layer.side_effects or layer.plays(Role.METRIC, Role.RESULT, Role.POOLING):
        return False
    return bool(node.bottoms) and (not node.params or layer.plays(Role.NORMALIZER, Role.AFFINE))


def _chain(c: Context, node: Node) -> list[Node]:
    """The preparing layers up to `node`, first one first; [] if others take part."""
    chain: list[Node] = []
    at: Node | None = node
    while at is not None and not at.layer.source:
        if not _prepares(at):
            return []
        chain.insert(0, at)
        at = wiring.writer(c.train.graph, at)
    return chain


def _readers(c: Context, source: Node, top: str) -> Iterator[Node]:
    """Who reads this one top of a source."""
    for node in wiring.readers(c.train.graph, source):
        if any(wiring.known_as(c.train.graph, blob) == top for blob in node.bottoms):
            yield node


def _finding(c: Context, chain: list[Node], raw: str, eager: list[Node]) -> Finding:
    good = chain[-1].tops[0]
    names = ", ".join(f"{n.name} ({n.type})" for n in chain)
    edits: list[FileEdit] = []
    for node in eager:
        assert node.index is not None
        bottoms = list(c.train.net.message.layer[node.index].bottom)
        path = f"bottom[{bottoms.index(raw)}]" if raw in bottoms else "bottom"
        if raw in bottoms:
            edits += fix.put_layer(c.train.net, node.index, path, f'"{good}"')
    return Finding(
        f'layer "{eager[0].name}" reads the raw "{raw}", not the prepared "{good}"',
        c.train.span(eager[0].index, "bottom"),
        hint=f'bottom: "{good}" in layer "{eager[0].name}"',
        ways=(f"remove {chain[-1].name}",),
        why=f'"{good}", made by {names}, goes nowhere',
        fix=Fix(f'{eager[0].name} reads "{good}"', tuple(edits)) if edits else None,
        about=good,
    )

"""Layers that start at random are never trained.

What it does: in a TRAIN net that starts from scratch, looks for convolutions and inner products
whose weights have lr_mult 0 but a random filler, or lr_mult other than 0 but no gradient because
something between them and the loss cuts it (propagate_down: false, a layer without gradient).
Also, with or without weights, for weights with lr_mult 0 whose bias is trained.

Why: a frozen random layer is noise that stays. It is the usual remainder of a fine-tuning setup,
where lr_mult: 0 keeps pretrained weights. Not reported: bilinear and constant fillers (fixed
upsampling and sums). Without any filler the weights are surely meant to come from a file, so
that is only an info that asks for --weights. So is a generator whose only input is DummyData: in a
GAN it is trained in turns, by another solver.
Source: Caffe src/caffe/net.cpp, AppendParam and Init (param_propagate_down).

Bad::

    param { lr_mult: 0 } ... weight_filler { type: "msra" }     # from scratch

Good::

    param { lr_mult: 1 }

Fix: lr_mult 1 for the weights. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 33
YIELDS_TO = ("C2T412", "C2T401", "C2T402", "C2T208")

FIXED = ("bilinear", "constant")


def check(c: Context) -> Iterator[Finding]:
    """Yield at most one finding of each kind."""
    layers = [n for n in c.train.nodes if n.layer.plays(Role.WEIGHTS) and n.params]
    layers = [n for n in layers if n.params[0].owner is None]
    if not c.train.graph.loss_weights:
        return
    frozen = [n for n in layers if n.params[0].lr_mult == 0 and _kind(n) not in FIXED]
    random = [n for n in frozen if _kind(n) and (c.from_scratch or _is_new(c, n))]
    bare = [n for n in frozen if not _kind(n) and n.type != "Deconvolution"]
    lone = [n for n in frozen if n not in random and _bias_learns(n)]
    if random:
        yield _random(c, random, layers)
    elif bare and not c.weights:
        yield _bare(c, bare)
    elif lone:
        yield _lone(c, lone)
    cut = [n for n in layers if n.params[0].lr_mult and not n.need_backward]
    if cut:
        yield _cut(c, cut)


def _kind(node: Node) -> str:
    """Type of the written weight filler, "" if none is written."""
    param = getattr(node.param, node.layer.param_field)
    return str(param.weight_filler.type) if param.HasField("weight_filler") else ""


def _is_new(c: Context, node: Node) -> bool:
    """Whether it makes the scores in a net to be fine-tuned, where only new layers have fillers."""
    return c.awaits_weights and wiring.is_last(c.train.graph, node)


def _bias_learns(node: Node) -> bool:
    return len(node.params) > 1 and node.params[1].lr_mult != 0


def _random(c: Context, random: list[Node], layers: list[Node]) -> Finding:
    every = len(random) == len(layers)
    edits = tuple(
        edit for node in random if node.index is not None
        for edit in fix.put_layer(c.train.net, node.index, "param[0].lr_mult", "1")
    )  # fmt: skip
    kind = _kind(random[0])
    tuned = bool(c.tuning_hints) and c.from_scratch
    meant = tuned or all(_from_noise(c, node) for node in random)
    return Finding(
        f"{naming.layers([n.name for n in random])}: frozen with random weights (lr_mult 0)",
        c.train.span(random[0].index, "param.lr_mult"),
        severity="error" if every else "info" if meant else "warning",
        hint="lr_mult: 1",
        ways=("give pretrained --weights",),
        fix=Fix(f"lr_mult: 1 in {naming.counted(random)}", edits) if edits else None,
        why=(
            f"{'from scratch ' if c.from_scratch else ''}{_article(kind)} filler gives random "
            f"weights, and they stay random"
            + (": no weight of the net is ever trained" if every else "")
        ),
    )


def _from_noise(c: Context, node: Node) -> bool:
    """Whether nothing but random numbers reaches a layer: a generator that is trained elsewhere."""
    graph = c.train.graph
    ahead = {graph.wires.position[id(node)]}
    for i in reversed(range(max(ahead) + 1)):  # makers stand in front of their readers
        if i in ahead:
            ahead.update(m for m in graph.wires.makers[i] if m is not None)
    return all(graph.nodes[i].type == "DummyData" for i in ahead if not graph.nodes[i].bottoms)


def _article(kind: str) -> str:
    return f"{'an' if kind == 'msra' else 'a'} {kind}"


def _bare(c: Context, bare: list[Node]) -> Finding:
    return Finding(
        f"{naming.layers([n.name for n in bare])}: lr_mult 0 and no filler",
        c.train.span(bare[0].index, "param.lr_mult"),
        severity="info",
        hint="start with --weights",
        why="without pretrained weights they stay 0",
    )


def _lone(c: Context, lone: list[Node]) -> Finding:
    bias = lone[0].params[1].lr_mult
    return Finding(
        f"{naming.layers([n.name for n in lone])}: the bias is trained, the weights are not",
        c.train.span(lone[0].index, "param.lr_mult"),
        severity="info",
        hint="the first param is the weights', the second the bias's",
        why=f"lr_mult is 0 for the weights and {bias:g} for the bias",
    )


def _cut(c: Context, cut: list[Node]) -> Finding:
    return Finding(
        f"{naming.layers([n.name for n in cut])}: no gradient of a loss arrives",
        c.train.span(cut[0].index),
        severity="info" if c.tuning_hints else "warning",
        hint="look for propagate_down: false, a layer without gradient behind it, or a top that "
        "goes nowhere",
        why="so the weights never change, whatever lr_mult says",
    )

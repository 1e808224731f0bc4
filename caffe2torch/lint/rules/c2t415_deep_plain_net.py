"""Many layers in a row without normalisation and without shortcuts.

What it does: counts the weight layers on the longest path from data to loss in a TRAIN net that has
neither a normalising layer nor residual sums, and starts from scratch.

Why: each layer multiplies signal and gradient by a factor that depends on fillers and scale. Over
ten and more layers small errors of that factor become powers, and the rate at which it still
trains becomes narrow. BatchNorm with Scale resets the factor in each layer. Measured on the small
VGG-16 of solvers/es_vgg_small: dead without BatchNorm (accuracy 0.11), alive with it under the
same fillers, scale and rate (0.21 after 250 iterations). VGG-16 with fitting fillers and SqueezeNet
train without, so it is an info; where the signal is dead or explodes, C2T201 or C2T202 say so.
Source: Simonyan and Zisserman 2014 (trained the deeper nets from shallower ones for this reason);
Ioffe and Szegedy 2015.

Bad::

    16 layers of Convolution and ReLU, xavier, scale: 0.00390625

Good::

    Convolution, BatchNorm, Scale, ReLU, and so on

Fix: BatchNorm and Scale behind each convolution and inner product but the last; offered where the
signal is bad and C2T201's and C2T202's milder ways out do not suffice. Unsafe: another net.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix, naming, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix
from caffe2torch.lint.signal.numbers import show

SEVERITY = "info"
RANK, HARMS = 97, 57
"""Healthy nets are told, too, hence last; not so where the signal is bad."""

DEEP = 10
HEALTHY = (0.03, 10.0)
"""Logit std from the input between which the depth has done no harm."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the net."""
    graph = c.train.graph
    if not c.from_scratch or wiring.normalized(graph) or _residual(c) or not graph.loss_weights:
        return
    path = longest(c)
    if len(path) < DEEP:
        return
    main = c.signal.main
    std = main.input_std if main is not None else None
    bad = std is not None and not HEALTHY[0] <= std <= HEALTHY[1]
    signal = f" (std of the logits from the input: {show(std)})" if std is not None else ""
    yield Finding(
        f"{len(path)} weight layers in a row without normalisation or shortcuts",
        c.train.span(path[0].index),
        rank=HARMS if bad else None,
        hint="BatchNorm and Scale behind each of them",
        why=f"{naming.listed([n.name for n in path])}{signal}: whether it learns depends on "
        "the fillers, the input's scale and the rate",
        fix=_fix(c) if bad and remedy.best(c) is None else None,
    )


def _residual(c: Context) -> bool:
    """Whether some Eltwise adds activations: a shortcut."""
    return any(n.layer.plays(Role.SUM) for n in c.train.nodes)


def longest(c: Context) -> list[Node]:
    """The layers with weights on the longest path that ends in a loss."""
    paths: dict[str, list[Node]] = {}
    best: list[Node] = []
    for node in c.train.graph.nodes:
        path = max((paths.get(b, []) for b in node.bottoms), key=len, default=[])
        if node.layer.plays(Role.WEIGHTS):
            path = [*path, node]
        paths.update(dict.fromkeys(node.tops, path))
        if any(node.loss_weights) and len(path) > len(best):
            best = path
    return best


def _fix(c: Context) -> Fix | None:
    taken = naming.taken(c.train.net.message)
    edits = [
        edit for node in c.train.nodes
        if node.layer.plays(Role.WEIGHTS) and not wiring.is_last(c.train.graph, node)
        for edit in _edits(c, node, taken)
    ]  # fmt: skip
    return (
        Fix("BatchNorm and Scale behind every layer but the last", tuple(edits)) if edits else None
    )


def _edits(c: Context, node: Node, taken: set[str]) -> list[FileEdit]:
    if node.index is None:
        return []
    net, top = c.train.net, node.param.top[0]
    layers = (
        (naming.fresh(taken, f"{node.name}_bn"), "BatchNorm", ""),
        (naming.fresh(taken, f"{node.name}_scale"), "Scale",
         " scale_param { bias_term: true }"),
    )  # fmt: skip
    source = "\n".join(
        f'layer {{ name: "{name}" type: "{kind}" bottom: "{top}" top: "{top}"{rest} }}'
        for name, kind, rest in layers
    )
    return fix.insert_after_layer(net, node.index, source)

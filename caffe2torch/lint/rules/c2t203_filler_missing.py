"""A layer with weights has no weight_filler, so all of them start at 0.

What it does: looks for convolutions and inner products of the TRAIN net whose weights are filled
by Caffe's default, constant 0.

Why: with all weights 0 the layer's output does not depend on its input, and the gradient that
it hands down is 0: every layer below stays as it is, and all its own units get the same
gradient, so they stay copies of each other. A single such layer wakes with the first update where
no ReLU is right behind it, as the last layer does or one beside a shortcut: an info. Behind a ReLU,
which has no slope at 0, or with another layer of zeros in front or behind, it stays 0. Sigmoids
between layers of zeros do wake them (the sigmoid of 0 is 1/2), but the units of each stay copies of
each other: a warning.
Source: Caffe include/caffe/filler.hpp, ConstantFiller.

Not reported when training starts from pretrained weights (`weights` in the solver, or --weights).
A warning for a net without its solver, since nobody knows what it starts from, and where a body
without fillers has a head with some, or frozen layers, or where a comment, a name, the last layer's
rate or a caffemodel in the folder hints at it: that is a net to be fine-tuned, and the weights are
given on the command line. Then no rule judges the net's signal from scratch.

Bad::

    convolution_param { num_output: 64 kernel_size: 3 }

Good::

    convolution_param { num_output: 64 kernel_size: 3 weight_filler { type: "msra" } }

Fix: adds an msra filler in front of a ReLU, else xavier. It changes training, hence unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.errors import SchemaError
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix, naming, remedy, zeros
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK, AWAITED = 30, 86
"""Rank; that where weights from elsewhere are meant, as it seems."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all layers without a filler, at the first of them."""
    if c.weights or not (c.is_solver or c.train.graph.loss_weights):
        return  # a net alone that has no loss is there to be deployed
    bare = [node for node in c.train.nodes if _unfilled(node)]
    stuck = zeros.stuck(c.train.graph, bare)
    if stuck:
        yield _finding(c, stuck)
    else:
        yield from _waking(c, bare)


def _waking(c: Context, bare: list[Node]) -> Iterator[Finding]:
    """A note on layers of zeros that train: the last one, or one beside others."""
    names = {node.name for node in bare}
    for node in bare:
        behind = wiring.following(c.train.graph, node, _without_weights)
        alike = next((n for n in behind if n.name in names), None)
        if alike is not None and not c.awaits_weights:
            yield _alike(c, node, alike)
        elif not c.awaits_weights:
            last = ", the last one," if wiring.is_last(c.train.graph, node) else ""
            yield Finding(
                f'layer "{node.name}"{last} has no weight_filler and starts at 0',
                c.train.span(node.index, f"{node.layer.param_field}.weight_filler"),
                severity="info",
                hint='weight_filler { type: "xavier" }',
                about=node.name,
                why=(
                    "it gets weights with the first update, and the layers below train from "
                    "the second on"
                ),
            )


def _without_weights(node: Node) -> bool:
    return not node.layer.plays(Role.WEIGHTS)


def _alike(c: Context, node: Node, behind: Node) -> Finding:
    """Zeros behind zeros that wake (a Sigmoid of 0 is 1/2): nothing ever tells the units apart."""
    return Finding(
        f'the units of layer "{node.name}" stay copies of each other: it starts at 0',
        c.train.span(node.index, f"{node.layer.param_field}.weight_filler"),
        severity=c.softened("warning") if c.is_solver else "info",
        hint='weight_filler { type: "xavier" }',
        about=node.name,
        fix=Fix(f"weight_filler in {node.name}", tuple(_edits(c, node))),
        why=f'layer "{behind.name}" behind it starts at 0, too, so all of them get the same '
        "gradient, and the layer can tell no more than one unit could",
    )


def _finding(c: Context, bare: list[Node]) -> Finding:
    edits = [edit for node in bare for edit in _edits(c, node)]
    has = "has" if len(bare) == 1 else "have"
    says = "so no gradient passes and nothing below is ever trained"
    hint = 'weight_filler { type: "msra" } in front of a ReLU, "xavier" elsewhere'
    more = "start from --weights"
    hints = c.tuning_hints
    if c.awaits_weights or hints:
        seems = f": {hints[0]}" if hints else ""
        says = "so without pretrained weights, for which the net seems made, it learns nothing"
        says += seems
        hint, more = "start from --weights, and give them to c2t lint, too", hint
    return Finding(
        f"{naming.layers([node.name for node in bare])} {has} no weight_filler",
        c.train.span(bare[0].index, f"{bare[0].layer.param_field}.weight_filler"),
        severity="error"
        if c.is_solver and not (c.awaits_weights or hints or _refused(c))
        else "warning",
        rank=AWAITED if c.awaits_weights or hints else None,
        hint=hint,
        ways=(more,),
        fix=Fix(f"weight_filler in {naming.counted(bare)}", tuple(edits)) if edits else None,
        why=f"Caffe's default is constant 0, {says}",
    )


def _refused(c: Context) -> bool:
    """Whether parts of the net could not be read, which may hold what hints at weights."""
    file = c.train.net.file
    return any(
        isinstance(error, SchemaError) and error.span is not None and error.span.file == file
        for error in c.failures
    )


def _unfilled(node: Node) -> bool:
    param = getattr(node.param, node.layer.param_field, None) if node.layer.param_field else None
    if param is None or not hasattr(param, "weight_filler") or param.HasField("weight_filler"):
        return False
    return bool(node.param_need_backward and node.param_need_backward[0])


def _edits(c: Context, node: Node) -> list[FileEdit]:
    kind = remedy.fitting_filler(c, node)
    path = f"{node.layer.param_field}.weight_filler"
    assert node.index is not None
    return fix.put_layer(c.train.net, node.index, path, f'{{ type: "{kind}" }}')

"""A weight filler writes one and the same value, so all units of the layer stay copies.

What it does: looks for trained layers of the TRAIN net, before the last one, whose weight_filler is
constant, or uniform with min equal to max.

Why: units with equal weights compute the same output and get the same gradient: the layer is one
unit wide for ever. With value 0 in front of a ReLU not even that: the output is 0, where the ReLU
passes no gradient (Caffe's ReLU tests bottom > 0), so nothing below is ever trained. Harmless in
the last layer, in a layer with one output, in the last layer of a residual branch, and in frozen
layers; not reported there, nor with pretrained weights. A single layer of zeros that no ReLU
follows recovers after some updates: a warning.
Source: Caffe include/caffe/filler.hpp, ConstantFiller; src/caffe/layers/relu_layer.cpp.

Bad::

    weight_filler { type: "constant" value: 0.01 }

Good::

    weight_filler { type: "msra" }

Fix: msra in front of a ReLU, else xavier. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix, naming, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 30


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all such layers, at the first of them."""
    constant = [node for node in c.train.nodes if _same(c, node)] if c.from_scratch else []
    if not constant:
        return
    value = _value(_filler(constant[0]))
    edits = tuple(edit for node in constant for edit in _edits(c, node))
    harmful = len(constant) > 1 or value or _cut(c, constant[0])
    yield Finding(
        f"{naming.layers([node.name for node in constant])}: every weight starts at {value:g}",
        c.train.span(constant[0].index, f"{constant[0].layer.param_field}.weight_filler"),
        severity="error" if harmful else "warning",
        hint='weight_filler { type: "msra" } in front of a ReLU, "xavier" elsewhere',
        fix=Fix(f"random weights in {naming.counted(constant)}", edits) if edits else None,
        why=(
            "all units compute the same and get the same gradient, for ever"
            if value
            else "the output is 0 and no gradient passes to the layers below"
        ),
    )


def _filler(node: Node) -> pb.FillerParameter | None:
    """The weight filler that is written, None if there is none."""
    param = getattr(node.param, node.layer.param_field, None) if node.layer.param_field else None
    if param is None or not hasattr(param, "weight_filler") or not param.HasField("weight_filler"):
        return None
    filler: pb.FillerParameter = param.weight_filler
    return filler


def _value(filler: pb.FillerParameter | None) -> float:
    if filler is None:
        return 0.0
    return float(filler.min if filler.type == "uniform" else filler.value)


def _same(c: Context, node: Node) -> bool:
    filler = _filler(node)
    if filler is None or not node.params or not node.param_need_backward[0]:
        return False
    if filler.type != "constant" and not (filler.type == "uniform" and filler.min == filler.max):
        return False
    if wiring.is_last(c.train.graph, node) or _residual(c, node):
        return False
    return not _value(filler) or not _single(node)


def _single(node: Node) -> bool:
    """Whether no two units see the same input: one output, or one a group."""
    shape = node.params[0].shape
    depthwise = bool(shape) and node.layer.group(node.site) == shape[0]
    return bool(shape) and (shape[0] == 1 or depthwise)


def _residual(c: Context, node: Node) -> bool:
    """Whether the output is added to another one, and may be 0 at first."""
    return any(n.layer.plays(Role.SUM) for n in wiring.following(c.train.graph, node, _passes))


def _passes(node: Node) -> bool:
    return wiring.transparent(node) or node.layer.plays(Role.NORMALIZER, Role.AFFINE)


def _cut(c: Context, node: Node) -> bool:
    """Whether some ReLU behind it meets only zeros: no bias on the way lifts them."""
    queue = [node]
    while queue:
        at = queue.pop()
        param = getattr(at.param, at.layer.param_field, None) if at.layer.param_field else None
        if at.layer.rectifies:
            return True
        filler = getattr(param, "bias_filler", None)
        if filler is None or filler.value <= 0:
            queue += wiring.readers(c.train.graph, at)
    return False


def _edits(c: Context, node: Node) -> list[FileEdit]:
    kind = remedy.fitting_filler(c, node)
    path = f"{node.layer.param_field}.weight_filler"
    assert node.index is not None
    return fix.put_layer(c.train.net, node.index, path, f'{{ type: "{kind}" }}')

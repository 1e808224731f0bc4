"""One layer of many lacks what all the others have.

What it does: looks at the layers with weights in the TRAIN net, without the last one. If at least 8
have a rectifier behind them, or a BatchNorm, or one and the same lr_mult or type of weight_filler,
or at least 5 of one kernel the same pad, and a single one has not, that one is named.

Why: nets are written by copying blocks, and what is forgotten in one block is seen neither in the
log nor in a diagram. It trains all the same, only worse.

Bad::

    layer { name: "conv5_3" type: "Convolution" ... }
    layer { name: "pool5" type: "Pooling" ... }          # all other layers have a ReLU

Good::

    layer { name: "conv5_3" type: "Convolution" ... }
    layer { name: "relu5_3" type: "ReLU" bottom: "conv5_3" top: "conv5_3" }
    layer { name: "pool5" type: "Pooling" ... }
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 62
YIELDS_TO = ("C2T407", "C2T203", "C2T204", "C2T413")

MANY, PADS = 8, 5
"""Layers that agree, from which on another one is hardly meant; those of one kernel and their pads.
"""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each feature that a single layer lacks."""
    nodes = [n for n in c.train.nodes if n.layer.plays(Role.WEIGHTS) and _is_hidden(c, n)]
    lone = _odd(nodes, lambda n: _activation(c, n))
    if lone and not lone[1] and _is_inside(c, lone[0], lone[2]) and not _adds_up(c, lone[0]):
        yield _finding(c, *lone, "a {} behind them", "a {0} behind {1}", "warning")
    lone = _odd(nodes, lambda n: _norm(c, n))
    if lone and not lone[1]:
        yield _finding(c, *lone, "a {} behind them", "a {0} behind {1}", "info")
    lone = _odd(nodes, _filler)
    if lone and lone[1]:
        yield _finding(c, *lone, "a {} filler", 'weight_filler {{ type: "{0}" }} in {1}', "info")
    lone = _odd(nodes, lambda n: f"{n.params[0].lr_mult:g}")
    if lone and not c.weights:
        severity = "warning" if lone[1] == "0" and c.from_scratch else "info"
        yield _finding(c, *lone, "lr_mult {}", "lr_mult: {0} in {1}", severity)
    # the first one may widen the border for all, as FCN's pad of 100 does
    convs = [n for n in nodes[1:] if n.layer.plays(Role.CONVOLUTION)]
    for kernel in sorted({_kernel(n) for n in convs}):
        lone = _odd([n for n in convs if _kernel(n) == kernel], lambda n: _pad(n), PADS)
        if lone:
            yield _finding(c, *lone, "pad {}", "pad: {0} in {1}", "info")


def _is_hidden(c: Context, node: Node) -> bool:
    return not wiring.is_last(c.train.graph, node) and node.params[0].owner is None


def _odd(
    nodes: list[Node], feature: Callable[[Node], str], least: int = MANY
) -> tuple[Node, str, str, int] | None:
    """(layer, its value, the others' value, how many others) if a single one differs."""
    values = Counter(map(feature, nodes))
    if len(values) != 2 or len(nodes) <= least:
        return None
    (common, many), (rare, few) = values.most_common()
    if few != 1 or not common:
        return None
    return next(n for n in nodes if feature(n) == rare), rare, common, many


def _activation(c: Context, node: Node) -> str:
    behind = wiring.activation(c.train.graph, node)
    return behind.type if behind is not None else ""


def _norm(c: Context, node: Node) -> str:
    behind = wiring.following(c.train.graph, node)
    return next((n.type for n in behind if n.type == "BatchNorm"), "")


def _is_inside(c: Context, node: Node, common: str) -> bool:
    """Whether a layer behind it has what it lacks: scores that are upsampled are the end."""
    ahead = wiring.following(c.train.graph, node, lambda n: not n.layer.plays(Role.WEIGHTS))
    return any(n.layer.plays(Role.WEIGHTS) and _activation(c, n) == common for n in ahead)


def _adds_up(c: Context, node: Node) -> bool:
    """Whether it is a shortcut, or feeds one: there a missing activation is meant."""
    behind = wiring.following(c.train.graph, node, _passes)
    return any(n.layer.plays(Role.SUM, Role.JOINING) for n in behind)


def _passes(node: Node) -> bool:
    return wiring.transparent(node) or node.layer.plays(Role.NORMALIZER, Role.AFFINE)


def _param(node: Node) -> Any:
    return getattr(node.param, node.layer.param_field)


def _filler(node: Node) -> str:
    param = _param(node)
    return str(param.weight_filler.type) if param.HasField("weight_filler") else ""


def _kernel(node: Node) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    param = _param(node)
    stride = tuple(param.stride) or (1,)
    return tuple(param.kernel_size), stride, tuple(param.dilation)


def _pad(node: Node) -> str:
    return str(_param(node).pad[0]) if _param(node).pad else "0"


def _finding(
    c: Context, node: Node, rare: str, common: str, many: int, what: str, cure: str, severity: str
) -> Finding:
    has = what.format(rare) if rare else "none"
    return Finding(
        f'{many} of {many + 1} layers have {what.format(common)}, "{node.name}" has {has}',
        c.train.span(node.index),
        severity=severity,
        hint=cure.format(common, node.name) + ", unless it is meant",
        about=node.name,
    )

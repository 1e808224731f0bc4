"""A layer may give NaN, and a max pooling behind it hides that in Caffe.

What it does: looks for Log and Power layers whose argument may be negative, and for BatchNorm and
MVN with an eps of 0, with a MAX pooling between them and the loss.

Why: the logarithm of a negative number is NaN, as is its power with an exponent that is no whole
number, and the quotient of a channel that is constant by a deviation of 0. Caffe's MAX pooling
takes a value if it is greater than the best so far, and NaN is greater than nothing: a window gives
its largest number, and one that holds nothing but NaN gives -3.4e38. So the loss stays a number and
the log looks healthy, while a part of the map is lost and the gradients of the weights below are
NaN. caffe2torch trains and tests as Caffe does; in a converted net, nn.MaxPool2d gives NaN for a
window that holds one.
Source: Caffe src/caffe/layers/pooling_layer.cpp, Forward_cpu; measured in Caffe 1.0.

Bad::

    layer { name: "log" type: "Log" bottom: "conv1" top: "log" }     # conv1 may be negative
    layer { name: "pool" type: "Pooling" bottom: "log" top: "pool" pooling_param { pool: MAX ... } }

Good::

    layer { name: "relu" type: "ReLU" bottom: "conv1" top: "conv1" }
    layer { name: "log" type: "Log" bottom: "conv1" top: "log" log_param { shift: 1 } }
    layer { name: "pool" type: "Pooling" bottom: "log" top: "pool" pooling_param { pool: MAX ... } }
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Role
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 35


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each such layer of the TRAIN net."""
    graph = c.train.graph
    for node in graph.nodes:
        why = _may_be_nan(graph, node)
        pool = _pooled(graph, node) if why else None
        if pool is not None:
            yield Finding(
                f'layer "{node.name}" ({node.type}) may give NaN, and "{pool.name}" hides it in '
                "Caffe",
                c.train.span(node.index),
                hint=_cure(node),
                about=node.name,
                why=f"{why}; Caffe's MAX pooling passes over NaN, and gives -3.4e38 for a window "
                "of nothing else: the loss stays a number, and the gradients below are NaN",
            )


def _may_be_nan(graph: Graph, node: Node) -> str:
    """Why a layer may give NaN, "" if it does not."""
    if node.type == "Log":
        log = node.param.log_param
        lowest = _lowest(graph, node, log.scale, log.shift)
        return "" if lowest is not None and lowest >= 0 else "its argument may be negative"
    if node.type == "Power":
        power = node.param.power_param
        lowest = _lowest(graph, node, power.scale, power.shift)
        whole = float(power.power).is_integer()
        return "" if whole or (lowest is not None and lowest >= 0) else "its base may be negative"
    return "its eps is 0, and a constant channel is divided by 0" if _divides_by_0(node) else ""


def _divides_by_0(node: Node) -> bool:
    if node.type == "MVN":
        mvn = node.param.mvn_param
        return bool(mvn.normalize_variance) and mvn.eps <= 0
    return node.type == "BatchNorm" and node.param.batch_norm_param.eps <= 0


def _lowest(graph: Graph, node: Node, scale: float, shift: float) -> float | None:
    """The least that shift + scale · x can be, None if it has no bound."""
    if scale == 0:
        return shift
    return shift if scale > 0 and _is_positive(graph, node) else None


def _is_positive(graph: Graph, node: Node) -> bool:
    maker = wiring.writer(graph, node)
    while maker is not None and (maker.type == "Pooling" or wiring.transparent(maker)):
        maker = wiring.writer(graph, maker)
    return maker is not None and maker.layer.bounds(maker.site)[0] >= 0


def _pooled(graph: Graph, node: Node) -> Node | None:
    """The first MAX pooling behind a layer."""
    behind = wiring.following(graph, node, lambda n: not _is_max(n))
    return next((n for n in behind if _is_max(n)), None)


def _is_max(node: Node) -> bool:
    kind = pb.PoolingParameter.MAX
    return node.type == "Pooling" and node.param.pooling_param.pool == kind


def _cure(node: Node) -> str:
    if node.layer.plays(Role.NORMALIZER):
        return "an eps of 1e-5 or more"
    return "a ReLU or AbsVal in front of it, and a shift above 0"

"""Caffe's BatchNorm has no scale and shift of its own, and no Scale layer follows.

What it does: looks for BatchNorm layers of the TRAIN net that no Scale layer follows and that do
not feed a layer with weights directly.

Why: Ioffe and Szegedy's layer ends with a learned gamma and beta. Caffe leaves them to a Scale
layer with bias_term: true. Without it every channel has mean 0 and variance 1 in front of the
nonlinearity: a ReLU then always cuts half, whatever would suit. Nets train so all the same (BVLC's
cifar10_full_sigmoid_bn, and an Inception with 73 such layers do), hence an info only. Forks'
BatchNorm with scale inside is recognised, as is Intel's, which has an engine of its own.
Source: Ioffe and Szegedy 2015; Caffe include/caffe/layers/batch_norm_layer.hpp.

Bad::

    layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" }
    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }

Good::

    layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" }
    layer { name: "scale1" type: "Scale" bottom: "conv1" top: "conv1"
      scale_param { bias_term: true } }
    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }

Fix: adds the Scale layers. Unsafe: it changes the net.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "info"
RANK = 58

INTEL = (pb.BatchNormParameter.MKL2017, pb.BatchNormParameter.MKLDNN)


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all such layers, at the first of them."""
    bare = [node for node in c.train.nodes if _bare(c, node)]
    if not bare:
        return
    taken = naming.taken(c.train.net.message)
    edits = tuple(edit for node in bare for edit in _edits(c, node, taken))
    yield Finding(
        f"no Scale layer stands behind {naming.layers([n.name for n in bare])}",
        c.train.span(bare[0].index),
        hint="a Scale layer with scale_param { bias_term: true }",
        fix=Fix(f"Scale behind {naming.counted(bare)}", edits) if edits else None,
        why="Caffe's BatchNorm has no gamma and beta of its own: it only normalises",
    )


def _bare(c: Context, node: Node) -> bool:
    inside = len(node.params) > 3 or node.param.batch_norm_param.engine in INTEL
    if node.type != "BatchNorm" or inside:
        return False
    maker = wiring.writer(c.train.graph, node)
    if maker is None or maker.layer.source:
        return False  # normalises the data
    after = wiring.following(c.train.graph, node)
    return bool(after) and all(other.layer.plays(Role.ACTIVATION) for other in after)


def _edits(c: Context, node: Node, taken: set[str]) -> list[FileEdit]:
    if node.index is None:
        return []
    net = c.train.net
    top = net.message.layer[node.index].top[0]
    name = naming.fresh(taken, f"{node.name}_scale")
    source = (
        f'layer {{ name: "{name}" type: "Scale" bottom: "{top}" top: "{top}" '
        "scale_param { bias_term: true } }"
    )
    return fix.insert_after_layer(net, node.index, source)

"""weight_decay also shrinks biases, or the scale and shift behind BatchNorm.

What it does: looks for bias blobs, Scale, Bias and PReLU parameters of the TRAIN net whose
decay_mult is not 0 while weight_decay is.

Why: decay_mult is 1 unless written. Biases and gammas are few and do not overfit; pulling a gamma
to 0 switches its channel off, and pulling PReLU's slope to 0 makes it a ReLU (He et al. 2015 leave
it out). The nets of BVLC write decay_mult: 0 for biases. The harm is small; always an info.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, Regularize; models/bvlc_reference_caffenet.

Bad::

    weight_decay: 0.0005     # and layers without param { }

Good::

    param { lr_mult: 1 decay_mult: 1 }
    param { lr_mult: 2 decay_mult: 0 }

Fix: decay_mult: 0 for these parameters; rates stay as they are. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.errors import plural
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "info"
RANK = 88

WHOLE = (Role.AFFINE, Role.ACTIVATION, Role.NORMALIZER)
"""Roles of layers all of whose parameters are meant, not only the bias."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all such parameters, at the first of them."""
    if not c.param.weight_decay:
        return
    decayed = [(node, blobs) for node in c.train.nodes if (blobs := _decayed(node))]
    if not decayed:
        return
    count = sum(len(blobs) for _, blobs in decayed)
    first = decayed[0][0]
    names = ", ".join(node.name for node, _ in decayed[:3]) + (" ..." if len(decayed) > 3 else "")
    edits = [edit for node, blobs in decayed for edit in _edits(c, node, blobs)]
    pulled = f"{count} biases and scales" if count > 1 else "a bias or scale"
    yield Finding(
        f"weight_decay {c.param.weight_decay:g} also pulls {pulled} to 0",
        c.train.span(first.index),
        hint="decay_mult: 0 in their param { }",
        why="weight decay is there to keep weights small; biases and scales are usually left out "
        f"({names})",
        fix=Fix(f"decay_mult: 0 for {plural(count, 'parameter')}", tuple(edits)) if edits else None,
    )


def _decayed(node: Node) -> list[int]:
    """Positions of the layer's own trained, decayed parameters that are no weights."""
    return [
        ref.index
        for ref in node.params
        if (ref.key == "bias" or node.layer.plays(*WHOLE))
        and ref.owner is None and ref.blob.learnable and ref.lr_mult and ref.decay_mult
    ]  # fmt: skip


def _edits(c: Context, node: Node, blobs: list[int]) -> list[FileEdit]:
    """decay_mult: 0 where a param { } is written; else all missing ones up to the last."""
    net, index, written = c.train.net, node.index, len(node.param.param)
    if index is None or net.message.layer[index].type != node.param.type or _is_old(c):
        return []
    edits: list[FileEdit] = []
    for blob in blobs:
        if blob < written:
            edits += fix.put_layer(net, index, f"param[{blob}].decay_mult", "0")
    missing = range(written, blobs[-1] + 1)
    if missing:
        value = "\n  param ".join("{ decay_mult: 0 }" if i in blobs else "{ }" for i in missing)
        edits += fix.put_layer(net, index, f"param[{written}]", value)
    return edits


def _is_old(c: Context) -> bool:
    """Whether the file has V0 or V1 layers, whose parameters are written otherwise."""
    document = c.train.net.document
    return document is None or bool(document.root.find("layers"))

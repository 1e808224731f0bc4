"""The net that the solver trains has no loss.

What it does: looks for a top with a loss weight other than 0 in the TRAIN net.

Why: Caffe trains what carries a loss weight: the first top of layers whose type ends in Loss, and
tops with a written loss_weight. Without one the solver runs, prints loss = 0, and every gradient is
0; only weight decay changes the weights. Frequent reasons: a deploy net as `net`, a loss with
include { phase: TEST }, loss_weight: 0, or a Python loss without loss_weight: 1.
A GAN's generator or a DQN has none on purpose: a program writes the gradient into its output. Where
force_backward, or inputs that only a program fills, hint at that, it is a warning.
Source: Caffe include/caffe/layer.hpp, SetLossWeights; src/caffe/net.cpp, Net::Init.

Bad::

    layer { name: "loss" type: "SoftmaxWithLoss" ... include { phase: TEST } }

Good::

    layer { name: "loss" type: "SoftmaxWithLoss" ... }

Fix: removes the rule or the loss_weight that keeps the loss out of training, if there is one; a
Python loss gets loss_weight: 1. Unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 15


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding if nothing carries a loss weight. A net without solver may be a deploy."""
    _ = c.solver
    if any(_weighted(layer) for _, layer in c.train.layers) or not c.train.layers:
        return
    index, why, hint, edits = _reason(c)
    driven = _driven(c) if index is None else ""
    if index is None:
        index = c.train.layers[-1][0]
    ways = ("a program that writes the gradient itself is not what c2t sees",) if driven else ()
    if driven:
        why = f"{driven}, so a program seems to drive it; as `caffe train` runs it"
    yield Finding(
        "the TRAIN net has no loss",
        c.train.span(index),
        severity="info" if driven else "error",
        hint=hint,
        ways=ways,
        fix=Fix("a loss in TRAIN", tuple(edits)) if edits else None,
        why=f"{why + ': ' if why else ''}every gradient is 0 and nothing is trained",
    )


def _driven(c: Context) -> str:
    """Why a program seems to write the gradient of the net's output (GAN, DQN), "" if none does."""
    if c.train.net.message.force_backward:
        return "force_backward hands gradients on to its inputs"
    first = [layer for _, layer in c.train.layers if not layer.bottom]
    if first and all(_is_fed(layer) for layer in first):
        return f"{first[0].type} layers are all that feeds it"
    return "its inputs are filled by a program" if c.train.net.message.input else ""


def _is_fed(layer: pb.LayerParameter) -> bool:
    """Whether a program writes its batches."""
    if layer.type == "Input":
        return True
    return bool(layer.type == "MemoryData")


def _weighted(layer: pb.LayerParameter) -> bool:
    """Whether Caffe gives a top of it a loss weight."""
    if layer.loss_weight:
        return any(layer.loss_weight)
    return layers.is_loss(layer)


def _reason(c: Context) -> tuple[int | None, str, str, list[FileEdit]]:
    """(layer, why, what to do, edits): the loss that is there but does not count."""
    net = c.train.net
    here = {index for index, _ in c.train.layers}
    for index, layer in enumerate(net.message.layer):
        name = f'layer "{layer.name}" ({layer.type})'
        if layers.is_loss(layer) and index in here:
            edits = fix.drop_layer_field(net, index, "loss_weight")
            return index, f"{name} has loss_weight 0", "remove loss_weight", edits
        if layers.is_loss(layer):
            edits = fix.drop_layer_field(net, index, "include")
            edits += fix.drop_layer_field(net, index, "exclude")
            return index, f"{name} is not included in TRAIN", "remove its include rule", edits
        if layer.type == "Python" and index in here and _says_loss(layer):
            edits = fix.put_layer(net, index, "loss_weight", "1")
            return index, f"{name} has no loss_weight", "loss_weight: 1", edits
    return None, "", "add one, such as SoftmaxWithLoss; is this a deploy net?", []


def _says_loss(layer: pb.LayerParameter) -> bool:
    names = (layer.name, layer.python_param.layer, *layer.top)
    return any("loss" in name.lower() for name in names)

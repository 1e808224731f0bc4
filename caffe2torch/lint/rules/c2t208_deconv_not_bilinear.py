"""A Deconvolution that upsamples starts from other weights than interpolation.

What it does: looks in the TRAIN net, from scratch, at Deconvolution layers with stride 2 or more
whose kernel is that of interpolation (2·stride − stride % 2). Reports weights of 0 or noise, and
bilinear fillers without one group a channel.

Why: Caffe's bilinear filler writes the same interpolation kernel into every (output, input) pair.
With group equal to num_output each channel is enlarged by itself, as meant. With group 1 every
output is the sum over all inputs, so all output channels are equal: classes cannot be told apart,
and equal weights get equal gradients. Without a filler the weights are 0; with lr_mult: 0 they
stay so (FCN's nets fill them by a script, "net surgery", before training): an error where the whole
net stands on them, a warning where something hints at weights from elsewhere. Random fillers learn
the upsampling, as generators do: an info, a warning where lr_mult 0 keeps the noise, and an error
where next to no signal passes it.
Source: Caffe include/caffe/filler.hpp, BilinearFiller, whose comment asks for group = C; Long,
Shelhamer and Darrell 2015.

Bad::

    convolution_param { num_output: 21 kernel_size: 4 stride: 2 bias_term: false
      weight_filler { type: "bilinear" } }

Good::

    convolution_param { num_output: 21 group: 21 kernel_size: 4 stride: 2 pad: 1 bias_term: false
      weight_filler { type: "bilinear" } }

Fix: group, and the filler. Unsafe: it changes the net.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "warning"
RANK = 34
YIELDS_TO = ("C2T203", "C2T204")

FILLER = "convolution_param.weight_filler"
DEAD = 0.005
"""Logit std from the input below which no net was seen to train."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for upsampling with zeros, one for bilinear weights across channels."""
    layers = [node for node in c.train.nodes if _upsamples(node)] if c.from_scratch else []
    zero = [n for n in layers if _kind(n) == "constant" and not _value(n)]
    mixed = [n for n in layers if _kind(n) == "bilinear" and 1 < _outputs(n) != _group(n)]
    random = [n for n in layers if _kind(n) not in ("constant", "bilinear")]
    if zero:
        yield _zero(c, zero)
    if random:
        yield _random(c, random)
    if mixed:
        yield _mixed(c, mixed)


def _upsamples(node: Node) -> bool:
    param = node.param.convolution_param
    if node.type != "Deconvolution" or not param.stride or not param.kernel_size:
        return False
    stride = param.stride[0]
    return stride > 1 and param.kernel_size[0] == 2 * stride - stride % 2


def _kind(node: Node) -> str:
    return str(node.param.convolution_param.weight_filler.type)


def _value(node: Node) -> float:
    return float(node.param.convolution_param.weight_filler.value)


def _group(node: Node) -> int:
    return int(node.param.convolution_param.group)


def _outputs(node: Node) -> int:
    return int(node.param.convolution_param.num_output)


def _edits(c: Context, node: Node) -> list[FileEdit]:
    """One bilinear kernel a channel, where the layer keeps the number of channels."""
    if node.index is None or node.bottom_shapes[0][1] != _outputs(node):
        return []
    edits = []
    if _group(node) != _outputs(node):
        path = "convolution_param.group"
        edits += fix.put_layer(c.train.net, node.index, path, str(_outputs(node)))
    if _kind(node) != "bilinear":
        edits += fix.put_layer(c.train.net, node.index, FILLER, '{ type: "bilinear" }')
    return edits


def _zero(c: Context, layers: list[Node]) -> Finding:
    frozen = not layers[0].params[0].lr_mult
    edits = tuple(edit for node in layers for edit in _edits(c, node))
    return Finding(
        f"{naming.layers([n.name for n in layers])}: upsampling with weights of 0",
        c.train.span(layers[0].index, FILLER),
        severity="error" if frozen and _main(c, layers[0]) and not c.tuning_hints else "warning",
        hint=f'weight_filler {{ type: "bilinear" }} and group: {_outputs(layers[0])}',
        ways=("take them from --weights",),
        fix=Fix(f"bilinear weights in {naming.counted(layers)}", edits) if edits else None,
        why=(
            f"the layer upsamples by {layers[0].param.convolution_param.stride[0]}, and its "
            f"output is 0" + (" and stays so: lr_mult is 0" if frozen else "")
        ),
    )


def _main(c: Context, node: Node) -> bool:
    """Whether layers that are trained stand on it, and next to nothing reaches them."""
    main = c.signal.main
    return main is not None and main.input_std < DEAD and not wiring.is_last(c.train.graph, node)


def _random(c: Context, layers: list[Node]) -> Finding:
    """Learned upsampling is a choice; frozen noise is none."""
    node = layers[0]
    frozen = not node.params[0].lr_mult
    edits = tuple(edit for each in layers for edit in _edits(c, each))
    return Finding(
        f"{naming.layers([n.name for n in layers])}: upsampling starts from {_kind(node)} noise",
        c.train.span(node.index, FILLER),
        severity=("error" if _main(c, node) else "warning") if frozen else "info",
        hint=f'weight_filler {{ type: "bilinear" }} and group: {_outputs(node)}',
        fix=Fix(f"bilinear weights in {naming.counted(layers)}", edits) if edits else None,
        why=(
            f"the layer upsamples by {node.param.convolution_param.stride[0]}"
            + (
                ", and lr_mult 0 keeps the noise"
                if frozen
                else "; interpolation is the usual start"
            )
        ),
    )


def _mixed(c: Context, layers: list[Node]) -> Finding:
    node = layers[0]
    edits = tuple(edit for node in layers for edit in _edits(c, node))
    return Finding(
        f"{naming.layers([n.name for n in layers])}: bilinear weights with group {_group(node)}",
        c.train.span(node.index, FILLER),
        severity="warning" if node.params[0].lr_mult else "error",
        hint=f"group: {_outputs(node)}",
        fix=Fix(f"one kernel a channel in {naming.counted(layers)}", edits) if edits else None,
        why=(
            f"with num_output {_outputs(node)} every output channel is the same sum of the inputs"
        ),
    )

"""The maps are too small for the kernels that look at them.

What it does: for each convolution of the TRAIN net counts how many of its kernel's positions ever
meet the map and not only its padding; and looks for kernels larger than the padded map.

Why: nets are made for an input size. VGG-16 halves its maps five times: 32 x 32 becomes 1 x 1. On a
1 x 1 map a 3 x 3 kernel with pad 1 uses its centre alone: 8 of its 9 weights see only zeros, get no
gradient and shrink under weight decay. A map of size 0 makes an empty blob, in which the input is
lost. A warning from the second such layer or where a kernel uses less than a quarter, an error for
an empty map. Layers that no other layer with weights follows are left out: SSD's last heads look
at 1 x 1 maps through 3 x 3 by design.
Source: Caffe src/caffe/layers/conv_layer.cpp, compute_output_shape; src/caffe/util/im2col.cpp.

Bad::

    crop_size: 16     # and five 2 x 2 poolings in front of 3 x 3 convolutions

Good::

    crop_size: 224

Fix: none; a larger input, or fewer poolings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from caffe2torch.graph import Node
from caffe2torch.lint import naming, wiring
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 34

CONVOLUTIONS = ("Convolution", "ConvolutionDepthwise", "DepthwiseConvolution")


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for empty maps, else one for wasted kernels."""
    nodes = [node for node in c.train.nodes if node.top_shapes and not node.layer.source]
    empty = [n for n in nodes if len(n.top_shapes[0]) == 4 and 0 in n.top_shapes[0][2:]]
    if empty:
        yield _empty(c, empty[0])
        return
    wasted = [
        (node, share) for node in nodes
        if (share := useful(node)) < 0.5 and not wiring.is_last(c.train.graph, node)
    ]  # fmt: skip
    if wasted:
        yield _wasted(c, wasted)


def _empty(c: Context, node: Node) -> Finding:
    h, w = node.bottom_shapes[0][2:4]
    return Finding(
        f'layer "{node.name}" ({node.type}) makes an empty map of its {h} x {w} bottom: nothing '
        "of the input is left",
        c.train.span(node.index, f"{node.layer.param_field}.kernel_size"),
        severity="error",
        hint="a larger input, a smaller kernel, pad, or fewer poolings before it",
    )


def useful(node: Node) -> float:
    """Share of a convolution's kernel that ever meets the map; 1.0 for other layers."""
    if node.type not in CONVOLUTIONS or len(node.bottom_shapes[0]) < 3:
        return 1.0
    param = node.param.convolution_param
    axes = range(len(node.bottom_shapes[0]) - 2)
    kernel = _pair(param.kernel_size, param.kernel_h, param.kernel_w, axes, 1)
    pad = _pair(param.pad, param.pad_h, param.pad_w, axes, 0)
    stride = _pair(param.stride, param.stride_h, param.stride_w, axes, 1)
    dilation = _pair(param.dilation, 0, 0, axes, 1)
    return prod(
        met(node.bottom_shapes[0][2 + i], node.top_shapes[0][2 + i], kernel[i], pad[i], stride[i],
            dilation[i]) / kernel[i]
        for i in axes
    )  # fmt: skip


def _pair(values: Sequence[int], h: int, w: int, axes: range, default: int) -> list[int]:
    """A setting for each axis, as Caffe reads it: _h and _w, one for all, or one an axis."""
    if h or w:
        return [h, w]
    if not values:
        return [default for _ in axes]
    return [values[i if len(values) > 1 else 0] for i in axes]


def met(size: int, outputs: int, kernel: int, pad: int, stride: int, dilation: int) -> int:
    """How many kernel positions along an axis lie on the map for some output."""
    return sum(
        any(0 <= out * stride - pad + k * dilation < size for out in range(outputs))
        for k in range(kernel)
    )


def _wasted(c: Context, wasted: list[tuple[Node, float]]) -> Finding:
    node, share = min(wasted, key=lambda pair: pair[1])
    first = wasted[0][0]
    h, w = node.bottom_shapes[0][2], node.bottom_shapes[0][-1]
    shape = node.params[0].shape[2:] if node.params else ()
    size = " x ".join(map(str, shape))
    grave = len(wasted) > 1 or share < 0.25
    return Finding(
        f"{naming.layers([n.name for n, _ in wasted])}: the map is too small for the kernel: "
        f'"{node.name}" sees {h} x {w} through {size}, so {1 - share:.0%} of its weights only '
        "ever meet padding",
        c.train.span(first.index, f"{first.layer.param_field}.kernel_size"),
        severity="warning" if grave else "info",
        hint="a larger input (crop_size), or fewer poolings before it",
    )

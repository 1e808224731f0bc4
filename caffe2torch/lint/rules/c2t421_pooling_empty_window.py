"""A pooling window is smaller than its stride: part of the map is never looked at.

What it does: looks for Pooling layers with a kernel smaller than the stride.

Why: windows are then apart from each other and the values between them are dropped. kernel 1 with
stride 2 keeps a quarter, as some residual nets do in their shortcuts on purpose (an info); kernel 2
with stride 8 one of 16, which cost a small net on the digits half of its accuracy. Mostly
kernel_size and stride were mixed up. Caffe rounds the number of windows up, and without a pad the
last one may lie wholly outside the map: MAX gives -3.4e38 there, and every measured run was NaN at
once. That is an error, all else a warning.
Source: Caffe src/caffe/layers/pooling_layer.cpp, Forward_cpu.

Bad::

    pooling_param { pool: MAX kernel_size: 2 stride: 3 }

Good::

    pooling_param { pool: MAX kernel_size: 3 stride: 2 }

Fix: kernel_size and stride change places, or with a kernel of 1 it becomes the stride. Unsafe: it
changes the net.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "warning"
RANK = 34


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each such layer."""
    use = c.uses[0] if c.uses else c.train
    for node in use.nodes:
        if node.type != "Pooling" or node.param.pooling_param.global_pooling:
            continue
        kernel, stride = _sizes(node)
        if not all(kernel):
            continue  # a fork's kernel, with a size an axis
        sizes = node.bottom_shapes[0][2:]
        if len(sizes) != 2 or not all(stride):
            continue
        axes = zip(kernel, stride, sizes, strict=True)
        kept = prod(min(1.0, k / s) if size > k else 1.0 for k, s, size in axes)
        if kept < 1:
            yield _finding(c, node, kernel, stride, kept)


def _sizes(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    param = node.param.pooling_param
    kernel = (param.kernel_h, param.kernel_w) if param.kernel_h else (param.kernel_size,) * 2
    stride = (param.stride_h, param.stride_w) if param.stride_h else (param.stride,) * 2
    return kernel, stride


def _finding(
    c: Context, node: Node, kernel: tuple[int, int], stride: tuple[int, int], kept: float
) -> Finding:
    edits = tuple(_edits(c, node, kernel, stride))
    shortcut = kernel == (1, 1) and stride == (2, 2) and _to_a_sum(c, node)
    outside = any(_outside(node, axis, stride[axis]) for axis in (0, 1))
    severity = "error" if outside else "info" if shortcut else "warning"
    where = ", the last window outside the map" if outside else ""
    return Finding(
        f'layer "{node.name}" pools {kernel[0]} x {kernel[1]} with stride {_stride(stride)}{where}',
        c.uses[0].span(node.index, "pooling_param.kernel_size"),
        severity=severity,
        hint="a kernel of the stride's size or more",
        fix=Fix(f"{node.name}: a kernel that covers the map", edits) if edits else None,
        about=node.name,
        why=_effect(node, kept, outside),
    )


def _stride(stride: tuple[int, int]) -> str:
    return str(stride[0]) if stride[0] == stride[1] else f"{stride[0]} x {stride[1]}"


def _outside(node: Node, axis: int, stride: int) -> bool:
    """Whether the last window starts behind the map; with padding Caffe drops it."""
    size, windows = node.bottom_shapes[0][2 + axis], node.top_shapes[0][2 + axis]
    param = node.param.pooling_param
    padded = param.pad or param.pad_h or param.pad_w
    return not padded and stride * (windows - 1) >= size


def _effect(node: Node, kept: float, outside: bool) -> str:
    unseen = f"{1 - kept:.0%} of the values are never looked at"
    if not outside:
        return unseen
    mean = node.param.pooling_param.pool == node.param.pooling_param.AVE
    value = "a sum of nothing over a negative area" if mean else "-3.4e38"
    return (
        f"{unseen}. Caffe rounds the number of windows up, and the last one lies wholly outside "
        f"the map: it gives {value}, and its gradient is written elsewhere"
    )


def _to_a_sum(c: Context, node: Node) -> bool:
    """Whether it is the shortcut of a residual block."""
    after = wiring.following(c.uses[0].graph, node, _passes)
    return any(n.layer.plays(Role.SUM, Role.NORMALIZER, Role.CONVOLUTION) for n in after)


def _passes(node: Node) -> bool:
    return wiring.transparent(node) or node.layer.plays(Role.JOINING)


def _edits(
    c: Context, node: Node, kernel: tuple[int, int], stride: tuple[int, int]
) -> list[FileEdit]:
    square = kernel[0] == kernel[1] and stride[0] == stride[1]
    written = node.param.pooling_param.kernel_size and node.param.pooling_param.HasField("stride")
    if node.index is None or not square or not written:
        return []
    net = c.uses[0].net
    edits = fix.put_layer(net, node.index, "pooling_param.kernel_size", str(stride[0]))
    if kernel[0] > 1:
        edits += fix.put_layer(net, node.index, "pooling_param.stride", str(kernel[0]))
    return edits

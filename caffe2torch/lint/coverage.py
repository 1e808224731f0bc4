"""How much of a convolution's kernel ever meets its map, and not only padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role


@dataclass(frozen=True)
class Axis:
    """One axis of a convolution: sizes of map and output, and the kernel's settings."""

    size: int
    outputs: int
    kernel: int
    pad: int
    stride: int
    dilation: int

    @property
    def met(self) -> int:
        """How many kernel positions lie on the map for some output."""
        return sum(
            any(
                0 <= out * self.stride - self.pad + k * self.dilation < self.size
                for out in range(self.outputs)
            )
            for k in range(self.kernel)
        )


def axes(node: Node) -> list[Axis]:
    """The spatial axes of a convolution; none for other layers."""
    if not _slides(node) or len(node.bottom_shapes[0]) < 3:
        return []
    param = node.param.convolution_param
    count = range(len(node.bottom_shapes[0]) - 2)
    settings = (
        _each(param.kernel_size, param.kernel_h, param.kernel_w, count, 1),
        _each(param.pad, param.pad_h, param.pad_w, count, 0),
        _each(param.stride, param.stride_h, param.stride_w, count, 1),
        _each(param.dilation, 0, 0, count, 1),
    )
    sizes = zip(node.bottom_shapes[0][2:], node.top_shapes[0][2:], *settings, strict=True)
    return [Axis(*values) for values in sizes]


def _slides(node: Node) -> bool:
    """Whether the kernel moves over the bottom, and not over the top."""
    return node.layer.plays(Role.CONVOLUTION) and node.type != "Deconvolution"


def _each(values: Sequence[int], h: int, w: int, count: range, default: int) -> list[int]:
    """A setting for each axis, as Caffe reads it: _h and _w, one for all, or one an axis."""
    if h or w:
        return [h, w]
    if not values:
        return [default for _ in count]
    return [values[i if len(values) > 1 else 0] for i in count]


def useful(node: Node) -> float:
    """Share of a convolution's kernel that ever meets the map; 1.0 for other layers."""
    return prod(axis.met / axis.kernel for axis in axes(node))


def exceeds(node: Node) -> bool:
    """Whether a convolution's kernel is larger than its map along every axis."""
    windows = axes(node)
    return bool(windows) and all(a.dilation * (a.kernel - 1) + 1 > a.size for a in windows)

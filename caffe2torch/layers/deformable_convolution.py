"""DeformableConvolution: a convolution whose taps are moved by offsets (Deformable ConvNets)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers._window import Window, window
from caffe2torch.layers.base import Blob, Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch

FIELD = "deformable_convolution_param"


class DeformableConvolution(Layer):
    """Convolution whose every tap reads x, bilinearly, at its own place plus an offset.

    Places outside [0, H) × [0, W) read 0; those beyond the centre of the last pixel read it.

    Shape:    x (N, C, H, W), offsets (N, 2 * deformable_group * kh * kw, H', W'), vertical then
              horizontal of each tap -> (N, num_output, H', W')
    Params:   num_output; kernel_size, stride [1], pad [0], dilation [1]; group [1];
              deformable_group [4]: so many equal parts of the channels have offsets of their
              own; bias_term [true]; weight_filler; bias_filler
    Weights:  weight (num_output, C / group, kh, kw), bias (num_output,)
    Differs:  nothing
    Raises:   ShapeError if groups do not divide the channels, or the offsets do not fit
    Source:   Dai et al., Deformable Convolutional Networks (2017); its Caffe ports'
              deformable_conv_layer.cpp and deformable_im2col.cu
    """

    type = "DeformableConvolution"
    origin = "Deformable-ConvNets-caffe"
    bottoms = 2
    roles = frozenset({Role.WEIGHTS})
    param_field = FIELD
    examples = (
        Example(
            f"{FIELD} {{ num_output: 4 kernel_size: 3 pad: 1 stride: 2 deformable_group: 2 "
            "weight_filler { type: 'gaussian' std: 1 } }",
            bottoms=[(2, 4, 5, 6), (2, 36, 3, 3)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        w, param = window(x, 2, FIELD), x.param.deformable_convolution_param
        if len(x.bottoms[0]) != 4:
            raise ShapeError(f"takes maps (N, C, H, W), not {x.bottoms[0]}", field="bottom")
        n, channels = x.bottoms[0][:2]
        if not param.num_output:
            raise ShapeError("num_output is 0 or missing", field=f"{FIELD}.num_output")
        for name, values in (
            ("group", (channels, param.num_output)),
            ("deformable_group", (channels,)),
        ):
            parts = getattr(param, name)
            if not parts or any(value % parts for value in values):
                raise ShapeError(
                    f"{' and '.join(map(str, values))} channels are no multiple of {parts}",
                    field=f"{FIELD}.{name}",
                )
        out = w.slid(x.bottoms[0][2:])
        offsets = (n, 2 * param.deformable_group * math.prod(w.kernel), *out)
        if x.bottoms[1] != offsets:
            raise ShapeError(
                f"the offsets have shape {x.bottoms[1]}, not {offsets}", field="bottom"
            )
        return [(n, param.num_output, *out)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, w = x.param.deformable_convolution_param, window(x, 2, FIELD)
        shape = (param.num_output, x.bottoms[0][1] // param.group, *w.kernel)
        blobs = {"weight": filled(shape, param.weight_filler, f"{FIELD}.weight_filler")}
        if param.bias_term:
            blobs["bias"] = filled((param.num_output,), param.bias_filler, f"{FIELD}.bias_filler")
        return blobs

    def code(self, x: Site) -> Code:
        param, w = x.param.deformable_convolution_param, window(x, 2, FIELD)
        return Code(
            f"CaffeDeformableConv2d({x.bottoms[0][1]}, {param.num_output}, {w.kernel}, {w.stride}, "
            f"{w.pad}, {w.dilation}, groups={param.group}, parts={param.deformable_group}, "
            f"bias={param.bias_term})"
        )

    def cost(self, x: Site, tops: list[Shape]) -> int:
        w: Window = window(x, 2, FIELD)
        taps = x.bottoms[0][1] // x.param.deformable_convolution_param.group * math.prod(w.kernel)
        return math.prod(tops[0]) * taps


class CaffeDeformableConv2d(nn.Module):
    """Convolution of (N, C, H, W) at places moved by offsets (N, 2 * parts * kh * kw, H', W')."""

    def __init__(
        self, channels: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int],
        padding: tuple[int, int], dilation: tuple[int, int], groups: int = 1, parts: int = 1,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, channels // groups, *kernel))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups, self.parts = groups, parts

    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        n, _, h, w = offsets.shape
        taps = self.columns(x, offsets).reshape(n, self.groups, -1, h * w)
        weight = self.weight.reshape(self.groups, len(self.weight) // self.groups, -1)
        y = torch.einsum("gok,ngkp->ngop", weight, taps).reshape(n, -1, h, w)
        return y if self.bias is None else y + self.bias[:, None, None]

    def columns(self, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """What each tap reads of each channel, (N, parts, C / parts, kh * kw, H', W')."""
        kernel = self.weight.shape[2:]
        (n, c, *sizes), (h, w) = x.shape, offsets.shape[2:]
        moved = offsets.reshape(n, self.parts, kernel.numel(), 2, h, w)
        inside: torch.Tensor | bool = True
        low, high, part = [], [], []
        for axis, (size, cells) in enumerate(zip(sizes, (h, w), strict=True)):
            tap = torch.arange(kernel[axis], device=x.device) * self.dilation[axis]
            tap = (tap[:, None] if axis == 0 else tap[None]).expand(*kernel).reshape(-1, 1, 1)
            cell = torch.arange(cells, device=x.device) * self.stride[axis] - self.padding[axis]
            at = moved[:, :, :, axis] + tap + (cell[:, None] if axis == 0 else cell)
            inside = inside & (at >= 0) & (at < size)
            low.append(at.detach().floor().clamp(0, size - 1))
            high.append((low[-1] + 1).clamp(max=size - 1))
            part.append(torch.where(low[-1] < size - 1, at - low[-1], torch.zeros_like(at)))
        flat = x.reshape(n, self.parts, c // self.parts, -1)
        total = torch.zeros((), device=x.device, dtype=x.dtype)
        for row, down in ((low[0], 1 - part[0]), (high[0], part[0])):
            for column, right in ((low[1], 1 - part[1]), (high[1], part[1])):
                index = (row * sizes[1] + column).long().reshape(n, self.parts, 1, -1)
                read = flat.gather(3, index.expand(-1, -1, flat.shape[2], -1))
                read = read.reshape(*flat.shape[:3], *down.shape[2:])
                total = total + read * (down * right * inside)[:, :, None]
        return total

"""What Convolution and Deconvolution share: parameters, blobs and the choice of torch's twin.

Source: Caffe src/caffe/layers/base_conv_layer.cpp.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._filled import filled
from caffe2torch.layers._window import Window, same, window
from caffe2torch.layers.base import Blob, Count, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch

GROUPS_A_STEP = 20
"""Groups that take the time of one step of a recurrent layer."""


class ConvolutionBase(Layer):
    """A layer with convolution_param that has weights.

    `twin` is the start of torch's class name; `helper` the module for what torch has no twin of.
    """

    bottoms: ClassVar[Count] = (1, None)
    tops: ClassVar[Count] = (1, None)
    equal = True
    keeps_output = False
    param_field = "convolution_param"
    roles = frozenset({Role.WEIGHTS, Role.CONVOLUTION})
    twin: ClassVar[str] = ""
    helper: ClassVar[Any] = None

    def weight_shape(self, x: Site, channels: int, w: Window) -> Shape:
        """Shape of the weight blob."""
        raise NotImplementedError

    def sizes(self, w: Window, spatial: Shape) -> Shape:
        """Output sizes for the spatial sizes of a bottom."""
        raise NotImplementedError

    def num_output(self, x: Site) -> int:
        return x.param.convolution_param.num_output

    def group(self, x: Site) -> int:
        return x.param.convolution_param.group

    def shapes(self, x: Site) -> list[Shape]:
        w = window(x)
        self._check(x, w)
        first = x.bottoms[0]
        top = (*first[: w.axis], self.num_output(x), *self.sizes(w, first[w.axis + 1 :]))
        return [top] * x.n_tops

    def _check(self, x: Site, w: Window) -> None:
        param, channels = x.param.convolution_param, x.bottoms[0][w.axis]
        group, num_output = self.group(x), self.num_output(x)
        if not num_output:
            raise ShapeError(
                "num_output is 0 or missing",
                field="convolution_param.num_output",
                hint="write the number of filters",
            )
        for what, value in (("input channels", channels), ("num_output", num_output)):
            if not group or value % group:
                raise ShapeError(
                    f"{what} {value} cannot be split into {group} groups",
                    field="convolution_param.group",
                    hint=f"choose a divisor of {math.gcd(channels, num_output)}",
                )
        for bottom, shape in zip(x.bottom_names, x.bottoms, strict=True):
            if shape != x.bottoms[0]:
                raise ShapeError(
                    f"got bottoms {x.bottoms[0]} and {shape} ({bottom!r}); all must match",
                    field="bottom",
                    hint="the filters are shared by all bottoms; use a second layer",
                )
        if param.fusion_type or param.coeff:
            raise UnsupportedError(
                "fusion_type and coeff add another blob inside the convolution",
                hint="write that sum as an Eltwise layer",
            )

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, w = x.param.convolution_param, window(x)
        shape = self.weight_shape(x, x.bottoms[0][w.axis], w)
        blobs = {"weight": filled(shape, param.weight_filler, "convolution_param.weight_filler")}
        if param.bias_term:
            bias = (self.num_output(x),)
            blobs["bias"] = filled(bias, param.bias_filler, "convolution_param.bias_filler")
        return blobs

    def rereads(self, x: Site) -> tuple[int, ...]:
        return tuple(range(len(x.bottoms)))

    def code(self, x: Site) -> Code:
        w = window(x)
        n = len(w.kernel)
        if w.axis == 1 and n in (1, 2, 3) and self.fits(x, w):
            init = f"nn.{self.twin}{n}d({self._arguments(x, w)})"
        else:
            init = self._general(x, w)
        calls = [_activated(x, f"{{self}}({{{j}}})") for j in range(x.n_tops)]
        call = calls[0] if len(calls) == 1 else f"({', '.join(calls)})"
        return Code(init, call=call)

    def steps(self, x: Site) -> int:
        return self.group(x) // GROUPS_A_STEP

    def signal(self, x: Site) -> Moments | None:
        from caffe2torch.moments.linear import Linear

        w = window(x)
        if w.axis != 1:
            return None
        taps = (tuple(w.kernel), tuple(w.stride), tuple(w.pad), tuple(w.dilation))
        return Linear(*taps, self.group(x), transposed=self.twin.startswith("ConvTranspose"))

    def fits(self, x: Site, w: Window) -> bool:
        """Whether torch accepts these sizes."""
        return True

    def _arguments(self, x: Site, w: Window) -> str:
        """Arguments of torch's twin, defaults left out."""
        items = [str(x.bottoms[0][1]), str(self.num_output(x)), str(same(w.kernel))]
        for name, values, default in (
            ("stride", w.stride, 1),
            ("padding", w.pad, 0),
            ("dilation", w.dilation, 1),
        ):
            if same(values) != default:
                items.append(f"{name}={same(values)}")
        if self.group(x) != 1:
            items.append(f"groups={self.group(x)}")
        if not x.param.convolution_param.bias_term:
            items.append("bias=False")
        return ", ".join(items)

    def _general(self, x: Site, w: Window) -> str:
        param = x.param.convolution_param
        channels = x.bottoms[0][w.axis]
        return (
            f"{self.helper.__name__}({channels}, {self.num_output(x)}, {w.kernel}, "
            f"stride={w.stride}, padding={w.pad}, dilation={w.dilation}, groups={self.group(x)}, "
            f"bias={param.bias_term}, axis={w.axis})"
        )


def _activated(x: Site, call: str) -> str:
    """With the ReLU that some inference forks fold into the convolution."""
    param = x.param.convolution_param
    if param.relu:
        return f"F.leaky_relu({call}, {number(param.negative_slope)})"
    if param.fuse_type:
        return f"F.leaky_relu({call}, {number(param.relu_param.negative_slope)})"
    return call


class CaffeSliding(nn.Module):
    """Weights and windows of a convolution or deconvolution; axis is that of the channels."""

    def __init__(
        self,
        channels: int,
        num_output: int,
        kernel: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        groups: int = 1,
        bias: bool = True,
        axis: int = 1,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(*self.sizes(channels, num_output, groups), *kernel))
        self.bias = nn.Parameter(torch.empty(num_output)) if bias else None
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups, self.axis = groups, axis

    def sizes(self, channels: int, num_output: int, groups: int) -> tuple[int, int]:
        """Sizes of the weight's first two axes."""
        raise NotImplementedError

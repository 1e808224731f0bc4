"""BinaryConvolution: a convolution whose filters are signs (hwgq)."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers._binary import binary_weight
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers._window import window
from caffe2torch.layers.base import Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.convolution import Convolution, conv_nd
from caffe2torch.layers.lazy import nn, torch


class BinaryConvolution(Convolution):
    """Convolution by the signs of its filters, times the mean size of each if asked for.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W') as Convolution
    Params:   as Convolution; binary_convolution_param use_alpha, use_binarization
    Weights:  as Convolution, in full precision
    Differs:  nothing. The gradient of a filter is that of its signs. A layer without
              binary_convolution_param, as another fork of this name has, is shown and not run
    Raises:   as Convolution; UnsupportedError without binary_convolution_param
    Source:   Rastegari et al., XNOR-Net (2016); hwgq src/caffe/layers/binary_conv_layer.cpp
    """

    type = "BinaryConvolution"
    origin = "hwgq"
    examples = (
        Example(
            "convolution_param { num_output: 4 kernel_size: 3 pad: 1 } "
            "binary_convolution_param { use_alpha: true }",
            bottoms=[(2, 3, 5, 5)],
        ),
        Example(
            "convolution_param { num_output: 4 kernel_size: 2 bias_term: false group: 2 } "
            "binary_convolution_param { }",
            bottoms=[(2, 4, 5, 5)],
        ),
    )

    def code(self, x: Site) -> Code:
        if not x.param.HasField("binary_convolution_param"):
            refuse_to_run(x, "without binary_convolution_param it is of one of several forks")
        param, binary, w = x.param.convolution_param, x.param.binary_convolution_param, window(x)
        init = (
            f"CaffeBinaryConvolution({x.bottoms[0][w.axis]}, {param.num_output}, {w.kernel}, "
            f"{w.stride}, {w.pad}, {w.dilation}, {self.group(x)}, {param.bias_term}, "
            f"use_alpha={binary.use_alpha}, binary={binary.use_binarization})"
        )
        calls = [f"{{self}}({{{j}}})" for j in range(x.n_tops)]
        call = calls[0] if len(calls) == 1 else f"({', '.join(calls)})"
        return Code(init, call=call)  # fmt: skip


class CaffeBinaryConvolution(nn.Module):
    """Convolution whose filters count by their signs."""

    def __init__(
        self, channels: int, num_output: int, kernel: Any, stride: Any, pad: Any, dilation: Any,
        groups: int, bias: bool, use_alpha: bool, binary: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_output, channels // groups, *kernel))
        self.bias = nn.Parameter(torch.empty(num_output)) if bias else None
        self.stride, self.pad, self.dilation, self.groups = stride, pad, dilation, groups
        self.use_alpha, self.binary = use_alpha, binary

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = binary_weight(self.weight, self.use_alpha) if self.binary else self.weight
        y = conv_nd(x, weight, self.stride, self.pad, self.dilation, self.groups)
        return y if self.bias is None else y + self.bias.view(-1, *[1] * (x.dim() - 2))

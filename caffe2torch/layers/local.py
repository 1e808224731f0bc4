"""Local: a convolution whose filters differ from place to place."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, nn, torch


class Local(Layer):
    """Locally connected: at each output pixel its own num_output filters and biases.

    Shape:    x (N, C, H, W) -> (N, num_output, H', W'), H' = (H + 2·pad − kernel) / stride + 1
              rounded down
    Params:   num_output; kernel_size or kernel_h, kernel_w; stride [1]; pad [0];
              bias_term [true]; weight_filler; bias_filler
    Weights:  weight (num_output, 1, C · kernel_h · kernel_w, H' · W');
              bias (1, 1, num_output, H' · W')
    Differs:  gradients add up as everywhere; the fork overwrites them at each backward
    Raises:   ShapeError for sizes that do not fit
    Source:   BVLC/caffe pull request 1271, src/caffe/layers/local_layer.cpp
    """

    type = "Local"
    origin = "BVLC pull request 1271"
    keeps_output = False
    roles = frozenset({Role.WEIGHTS})
    param_field = "local_param"
    examples = (
        Example(
            "local_param { num_output: 2 kernel_size: 3 stride: 2 pad: 1 "
            'weight_filler { type: "xavier" } }',
            bottoms=[(2, 3, 5, 6)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        num_output = x.param.local_param.num_output
        kernel, stride, pad = window_of(x)
        for name, least in (
            ("num_output", num_output),
            ("kernel_size", min(kernel)),
            ("stride", min(stride)),
        ):
            if not least:
                raise ShapeError(
                    f"{name} is 0 or missing",
                    field=f"local_param.{name}",
                    hint="write a positive number",
                )
        if len(x.bottoms[0]) != 4 or any(
            s < k for s, k in zip(x.bottoms[0][2:], kernel, strict=True)
        ):
            raise ShapeError(
                f"takes a bottom (N, C, H, W) of at least the kernel {kernel}, not {x.bottoms[0]}",
                field="local_param.kernel_size",
                hint="use a smaller kernel",
            )
        n, _, *sizes = x.bottoms[0]
        out = [(sizes[i] + 2 * pad[i] - kernel[i]) // stride[i] + 1 for i in (0, 1)]
        return [(n, num_output, *out)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, ((_, num_output, h, w),) = x.param.local_param, self.shapes(x)
        kernel = x.bottoms[0][1] * math.prod(window_of(x)[0])
        weight, bias = (num_output, 1, kernel, h * w), (1, 1, num_output, h * w)
        blobs = {"weight": filled(weight, param.weight_filler, "local_param.weight_filler")}
        if param.bias_term:
            blobs["bias"] = filled(bias, param.bias_filler, "local_param.bias_filler")
        return blobs

    def code(self, x: Site) -> Code:
        kernel, stride, pad = window_of(x)
        _, num_output, h, w = self.shapes(x)[0]
        bias = "" if x.param.local_param.bias_term else ", bias=False"
        return Code(
            f"CaffeLocal({x.bottoms[0][1]}, {num_output}, {kernel}, {(h, w)}, stride={stride}, "
            f"padding={pad}{bias})",
        )

    def cost(self, x: Site, tops: list[Shape]) -> int:
        kernel = x.bottoms[0][1] * math.prod(window_of(x)[0])
        return math.prod(tops[0]) * kernel


def window_of(x: Site) -> list[tuple[int, int]]:
    """Kernel, stride and pad, over rows and columns each."""
    return [_pair(x, name) for name in ("kernel_size", "stride", "pad")]


def _pair(x: Site, name: str) -> tuple[int, int]:
    param = x.param.local_param
    short = "kernel" if name == "kernel_size" else name
    if param.HasField(f"{short}_h") or param.HasField(f"{short}_w"):
        return getattr(param, f"{short}_h"), getattr(param, f"{short}_w")
    return (getattr(param, name),) * 2


class CaffeLocal(nn.Module):
    """Convolution with filters of its own for each of the `size` output pixels."""

    def __init__(
        self,
        channels: int,
        num_output: int,
        kernel: Any,
        size: Any,
        stride: Any = 1,
        padding: Any = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        pixels = size[0] * size[1]
        patch = channels * kernel[0] * kernel[1]
        self.weight = nn.Parameter(torch.empty(num_output, 1, patch, pixels))
        self.bias = nn.Parameter(torch.empty(1, 1, num_output, pixels)) if bias else None
        self.kernel, self.stride, self.padding, self.size = kernel, stride, padding, tuple(size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = F.unfold(x, self.kernel, padding=self.padding, stride=self.stride)
        y = torch.einsum("nkp,mkp->nmp", patches, self.weight[:, 0])
        y = y if self.bias is None else y + self.bias[0]
        return y.unflatten(2, self.size)

"""InnerDistance: how far rows are from learned centres (NormFace)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class InnerDistance(Layer):
    """Squared L2 distance, or L1 distance, of each row to each centre.

    Shape:    x (N, any)[, centres (num_output, any)] -> (N, num_output); axes before axis stay
    Params:   num_output; axis [1]; distance_type ["L2"], or L1; normalize [false]: the centres are
              brought to length 1 in each forward; weight_filler
    Weights:  weight (num_output, K), without a second bottom
    Differs:  bias_term and bias_filler have no effect, as in the fork
    Raises:   ShapeError if num_output is 0; UnsupportedError for transpose and update_center_only
    Source:   Wang et al., NormFace (2017); caffe-windows src/caffe/layers/inner_distance_layer.cpp
    """

    type = "InnerDistance"
    origin = "happynear"
    bottoms = (1, 3)
    param_field = "inner_distance_param"
    examples = (
        Example('inner_distance_param { num_output: 4 weight_filler { type: "xavier" } }',
                bottoms=[(2, 3, 2)]),
        Example('inner_distance_param { distance_type: "L1" }', bottoms=[(2, 3), (4, 3)]),
    )  # fmt: skip

    def _size(self, x: Site) -> tuple[int, int]:
        axis = x.axis(x.param.inner_distance_param.axis, "inner_distance_param.axis")
        return axis, math.prod(x.bottoms[0][axis:])

    def shapes(self, x: Site) -> list[Shape]:
        p = x.param.inner_distance_param
        n = x.shape(1, 1)[0] if len(x.bottoms) > 1 and not p.update_center_only else p.num_output
        if not n or p.distance_type not in ("L1", "L2"):
            raise ShapeError(
                f"num_output is {n}, distance_type {p.distance_type!r}",
                field="inner_distance_param.num_output",
                hint="write the number of centres, and L1 or L2",
            )
        return [(*x.bottoms[0][: self._size(x)[0]], n)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        p = x.param.inner_distance_param
        if len(x.bottoms) > 1 + p.update_center_only:
            return {}
        shape = (p.num_output, self._size(x)[1])
        return {"weight": filled(shape, p.weight_filler, "inner_distance_param.weight_filler")}

    def code(self, x: Site) -> Code:
        p = x.param.inner_distance_param
        if p.transpose or p.update_center_only:
            raise UnsupportedError("transpose and update_center_only are not reproduced")
        axis, size = self._size(x)
        n = 0 if len(x.bottoms) > 1 else p.num_output
        square = p.distance_type == "L2"
        init = (
            f"CaffeInnerDistance({n}, {size}, {axis}, {square}, normalize={p.normalize and n > 0})"
        )
        return Code(init)


class CaffeInnerDistance(nn.Module):
    """Distances to centres: a parameter, or the second bottom."""

    def __init__(self, n: int, size: int, axis: int, square: bool, normalize: bool) -> None:
        super().__init__()
        if n:
            self.weight = nn.Parameter(torch.empty(n, size))
        self.axis, self.square, self.normalize = axis, square, normalize

    def forward(self, x: torch.Tensor, *given: torch.Tensor) -> torch.Tensor:
        centres = given[0].flatten(1) if given else self.weight
        if self.normalize:
            with torch.no_grad():  # the fork changes the blob itself
                self.weight.div_((self.weight.square().sum(1, keepdim=True) + 1e-6).sqrt())
        gap = x.flatten(self.axis).unsqueeze(-2) - centres
        return gap.square().sum(-1) if self.square else gap.abs().sum(-1)

"""PReLU: a rectifier whose negative slope is learned."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Moments, Role, Shape, Site, constant
from caffe2torch.layers.code import Code


class PReLU(Layer):
    """max(x, 0) + slope · min(x, 0), one slope per channel or one for all.

    Shape:    x (N, C[, H[, W]]) -> same
    Params:   filler, by default constant 0.25; channel_shared [false]
    Weights:  weight (C), or () when shared
    Differs:  torch keeps the shared slope as a vector of 1, and at x = NaN the gradient is 0 in
              Caffe, here the slope's times what arrives
    Raises:   ShapeError for fewer than 2 axes, and for more than 4, as Caffe does
    Source:   He et al., Delving Deep into Rectifiers (2015); Caffe
              src/caffe/layers/prelu_layer.cpp
    """

    type = "PReLU"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    homogeneous = True
    param_field = "prelu_param"
    keeps_output = False
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("prelu_param { channel_shared: true }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if not 2 <= len(x.bottoms[0]) <= 4:
            raise ShapeError(
                f"takes 2 to 4 axes, and bottom {x.bottom_names[0]!r} has shape {x.bottoms[0]}",
                field="bottom",
                hint="put a Reshape or Flatten in front",
            )
        return [x.bottoms[0]]

    def blobs(self, x: Site) -> dict[str, Blob]:
        prelu = x.param.prelu_param
        shape = () if prelu.channel_shared else (x.bottoms[0][1],)
        filler = prelu.filler if prelu.HasField("filler") else constant(0.25)
        return {"weight": filled(shape, filler, "prelu_param.filler")}

    def rereads(self, x: Site) -> tuple[int, ...]:
        return () if x.in_place else (0,)  # in place it keeps a copy

    def code(self, x: Site) -> Code:
        slopes = 1 if x.param.prelu_param.channel_shared else x.bottoms[0][1]
        return Code(f"nn.PReLU({slopes})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        param = x.param.prelu_param
        given = param.HasField("filler") and param.filler.type == "constant"
        return pointwise.relu(param.filler.value if given else 0.25)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])

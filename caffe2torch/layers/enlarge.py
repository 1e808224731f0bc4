"""Enlarge: squares of neighbours put side by side as channels (MAF)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class Enlarge(Layer):
    """Each scale x scale square of a channel becomes scale² channels of one place.

    Shape:    x (N, C, H, W) -> (N, C · scale², H / scale, W / scale)
    Params:   scale [2], above 1
    Weights:  none
    Differs:  rows and columns beyond the last whole square are dropped, as by the fork
    Raises:   ShapeError for a scale below 2
    Source:   He and Zhang, Multi-Adversarial Faster R-CNN (2019); MAF
              caffe-fast-rcnn/src/caffe/layers/enlarge_layer.cpp, Backward_cpu: its Forward_cpu
              runs one loop too few
    """

    type = "Enlarge"
    origin = "MAF"
    roles = frozenset({Role.RESHAPING})
    param_field = "enlarge_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 6)]),
        Example("enlarge_param { scale: 3 }", bottoms=[(1, 2, 7, 6)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        (n, c, h, w), scale = x.shape(0, 4, 4), x.param.enlarge_param.scale
        if scale < 2:
            raise ShapeError(f"is {scale}, and must be 2 or more", field="enlarge_param.scale")
        return [(n, c * scale * scale, h // scale, w // scale)]

    def code(self, x: Site) -> Code:
        (_, _, h, w), scale = x.bottoms[0], x.param.enlarge_param.scale
        cut = "" if h % scale == w % scale == 0 else (
            f"[:, :, :{h - h % scale}, :{w - w % scale}]"
        )  # fmt: skip
        return Code(f"nn.PixelUnshuffle({scale})", call=f"{{self}}({{0}}{cut})")

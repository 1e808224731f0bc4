"""SpatialDropout: whole channels become zeros in training (Intel)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._dropout import check_ratio
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch


class SpatialDropout(Layer):
    """In TRAIN each channel of an image is 0 with probability dropout_ratio, else multiplied by
    1 / (1 - ratio).

    Shape:    x (N, C, any) -> same
    Params:   dropout_param dropout_ratio [0.5], which the fork reads; its own
              spatial_dropout_param has no effect there either
    Weights:  none
    Differs:  nothing but the random numbers
    Raises:   ShapeError for a ratio that is not above 0 and below 1, or without channels
    Source:   Tompson et al., Efficient Object Localization (2015); Intel Caffe
              src/caffe/layers/spatial_dropout_layer.cpp
    """

    type = "SpatialDropout"
    origin = "intel"
    roles = frozenset({Role.DROPOUT})
    homogeneous = True
    param_field = "spatial_dropout_param"
    keeps_signs = True
    examples = (Example("", bottoms=[(2, 3, 4, 5)], phase="TEST"),)

    def shapes(self, x: Site) -> list[Shape]:
        check_ratio(x.param.dropout_param.dropout_ratio, "dropout_param")
        if len(x.bottoms[0]) < 2:
            raise ShapeError(f"takes (N, C, any), not {x.bottoms[0]}", field="bottom")
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        ratio = number(x.param.dropout_param.dropout_ratio)
        if x.own_phase and not x.train:
            return Code(call="{0}")
        always = ", always=True" if x.own_phase else ""
        return Code(f"CaffeSpatialDropout({ratio}{always})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        return pointwise.Dropout(x.param.dropout_param.dropout_ratio)


class CaffeSpatialDropout(nn.Module):
    """Zeros in place of whole channels of x (N, C, any) in train mode, or `always`."""

    def __init__(self, ratio: float, always: bool = False) -> None:
        super().__init__()
        self.ratio, self.always = ratio, always

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not (self.training or self.always):
            return x
        kept = x.new_empty(x.shape[:2] + (1,) * (x.dim() - 2)).bernoulli_(1 - self.ratio)
        return x * (kept / (1 - self.ratio))

    def extra_repr(self) -> str:
        return f"{self.ratio}"

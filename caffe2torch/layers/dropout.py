"""Dropout: random zeros in training."""

from __future__ import annotations

import math

from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import torch


class Dropout(Layer):
    """In TRAIN each value is 0 with probability dropout_ratio, else multiplied by 1 / (1 - ratio).

    Shape:    x (any) -> same
    Params:   dropout_ratio [0.5]; scale_train [true]: false multiplies by 1 - ratio in TEST
              instead (Fast R-CNN's); sample_weights_test [false]: drop in TEST too (SegNet's)
    Weights:  none
    Differs:  the random numbers are torch's; a ratio of 1 gives NaN in TRAIN, as in Caffe
    Raises:   ValueError in a TRAIN forward for a ratio below 0 or above 1
    Source:   Srivastava et al., Dropout (2014); Caffe src/caffe/layers/dropout_layer.cpp
    """

    type = "Dropout"
    roles = frozenset({Role.DROPOUT})
    homogeneous = True
    param_field = "dropout_param"
    keeps_signs = True
    examples = (
        Example(bottoms=[(2, 3, 4, 5)], phase="TEST"),
        Example("dropout_param { dropout_ratio: 0.3 scale_train: false }",
                bottoms=[(2, 3)], phase="TEST"),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        dropout = x.param.dropout_param
        if dropout.scale_test:
            x.notes.append("dropout_param.scale_test (of a single fork) is ignored")
        if x.train and not 0 <= dropout.dropout_ratio <= 1:
            x.notes.append("dropout_ratio is no probability: every TRAIN forward will fail")
        return [x.bottoms[0]]

    def remembers(self, x: Site, tops: list[Shape], backward: bool) -> int:
        return math.prod(tops[0]) if x.train else 0  # the mask

    def code(self, x: Site) -> Code:
        dropout = x.param.dropout_param
        ratio = dropout.dropout_ratio
        if not 0 <= ratio < 1:
            return _outside(x, ratio)
        scale = "" if dropout.scale_train else f"{number(1 - ratio)} * "
        if dropout.sample_weights_test or (x.own_phase and x.train):
            return Code(call=f"{scale}F.dropout({{0}}, {number(ratio)})")
        if x.own_phase:
            return Code(call=f"{scale}{{0}}")
        arguments = number(ratio)
        if scale:
            return Code(f"nn.Dropout({arguments})", call=f"{scale}{{self}}({{0}})")
        return Code(f"nn.Dropout({arguments})", inplace=f"nn.Dropout({arguments}, inplace=True)")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        param = x.param.dropout_param
        return pointwise.Dropout(param.dropout_ratio if param.scale_train else 0.0)


def _outside(x: Site, ratio: float) -> Code:
    """Caffe reads any ratio, and looks at it only when it draws."""
    if not x.train:
        return Code("nn.Identity()")
    if ratio == 1:
        return Code(call='{0} * float("nan")')
    return Code(call=f"refuse_ratio({{0}}, {ratio!r})")


def refuse_ratio(x: torch.Tensor, ratio: float) -> torch.Tensor:
    """Raise ValueError, as Caffe does when it draws with such a probability."""
    raise ValueError(f"Dropout: dropout_ratio {ratio:g} is no probability")

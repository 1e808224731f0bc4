"""SpatialSoftmax: probabilities over the places of each map (cbfinn)."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class SpatialSoftmax(Layer):
    """exp(x / temperature) over the sum of it over the last two axes.

    Shape:    x (..., H, W) -> same
    Params:   temperature [1]; engine, without effect
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for fewer than 2 axes
    Source:   Finn et al., Deep Spatial Autoencoders (2016); its caffe
              src/caffe/layers/spatial_softmax_layer.cu
    """

    type = "SpatialSoftmax"
    origin = "cbfinn"
    roles = frozenset({Role.NORMALIZER})
    param_field = "spatial_softmax_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("spatial_softmax_param { temperature: 0.5 }", bottoms=[(3, 4)]),
    )

    def bounds(self, x: Site) -> tuple[float, float]:
        return 0.0, 1.0

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 2)]

    def code(self, x: Site) -> Code:
        return op(softmax_of_places, temperature=x.param.spatial_softmax_param.temperature)


def softmax_of_places(x: torch.Tensor, temperature: float) -> torch.Tensor:
    """Probabilities over the last two axes, same shape."""
    return (x / temperature).flatten(-2).softmax(dim=-1).reshape(x.shape)

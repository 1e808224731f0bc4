"""Shakeout: an inner product or convolution with random, sign-keeping drops."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Layer, Shape, Site
from caffe2torch.layers.convolution import Convolution
from caffe2torch.layers.inner_product import InnerProduct

INNER: dict[str, Layer] = {"InnerProduct": InnerProduct(), "Convolution": Convolution()}


class Shakeout(ShapesOnly):
    """The layer that operate_layer_type names, its bottom dropped with a pull to weights' signs.

    Shape:    x (N, any) -> as InnerProduct or Convolution
    Params:   shakeout_param operate_layer_type; dropout_ratio [0.5]; shakeout_scale [0.1]; those of
              the layer that it names
    Weights:  as InnerProduct or Convolution
    Differs:  only its shapes are known here
    Raises:   ShapeError for another operate_layer_type; UnsupportedError where it is to run
    Source:   Kang et al., Shakeout (2016); shakeout-for-caffe shakeout_layer.cpp
    """

    type = "Shakeout"
    origin = "shakeout-for-caffe"
    bottoms, tops = 1, 1
    param_field = "shakeout_param"

    def shapes(self, x: Site) -> list[Shape]:
        return self._inner(x).shapes(x)

    def blobs(self, x: Site) -> dict[str, Blob]:
        return self._inner(x).blobs(x)

    def _inner(self, x: Site) -> Layer:
        kind = x.param.shakeout_param.operate_layer_type
        if kind not in INNER:
            raise ShapeError(
                f'is "{kind}", and {" or ".join(INNER)} is known here',
                field="shakeout_param.operate_layer_type",
            )
        return INNER[kind]

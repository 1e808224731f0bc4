"""BatchNormScale: BatchNorm with its Scale (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Role, Shape, Site


class BatchNormScale(ShapesOnly):
    """Batch normalisation with factor and offset in one layer.

    Shape:    x (N, C, ...) -> same
    Params:   batch_norm_param
    Weights:  mean (C,), variance (C,), factor (1,), scale (C,), shift (C,)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/batch_norm_scale_layer.cpp
    """

    type = "BatchNormScale"
    origin = "caffe_train"
    bottoms, tops = 1, 1
    roles = frozenset({Role.NORMALIZER})
    param_field = "batch_norm_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 1)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        channels = (x.bottoms[0][1] if len(x.bottoms[0]) > 1 else 1,)
        statistics = {"mean": channels, "variance": channels, "factor": (1,)}
        return {
            **{key: Blob(shape, learnable=False) for key, shape in statistics.items()},
            "scale": Blob(channels),
            "shift": Blob(channels),
        }

"""MultiModalBatchNorm: batch normalization by domain (CAFFE-DACH)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame
from caffe2torch.layers.base import Blob, Shape, Site


class MultiModalBatchNorm(ShapesOnlySame):
    """Batch normalization with statistics of one domain or another.

    Shape:    x (N, C, any), domains -> same
    Params:   batch_norm_param
    Weights:  mean and variance (C), factor (1)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   JiahaoLi-gdut CAFFE-DACH src/caffe/layers/multimodal_batch_norm_layer.cpp
    """

    type = "MultiModalBatchNorm"
    origin = "CAFFE-DACH"
    bottoms, tops = 2, 1
    param_field = "batch_norm_param"

    def blobs(self, x: Site) -> dict[str, Blob]:
        c = x.bottoms[0][1] if len(x.bottoms[0]) > 1 else 1
        shapes: dict[str, Shape] = {"mean": (c,), "variance": (c,), "factor": (1,)}
        return {key: Blob(shape, learnable=False) for key, shape in shapes.items()}

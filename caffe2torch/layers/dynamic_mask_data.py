"""DynamicMaskData: a map whose first channels count, more with every step (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame
from caffe2torch.layers.base import Blob, Site


class DynamicMaskData(ShapesOnlySame):
    """A map of which only the first channels are kept, so many as training has come to.

    Shape:    x (N, C, H, W), ... -> (N, C, H, W)
    Params:   none
    Weights:  count (1, 1, 1, 1)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/dynamic_mask_data_layer.cpp
    """

    type = "DynamicMaskData"
    origin = "CCN"
    bottoms, tops = (1, None), 1

    def blobs(self, x: Site) -> dict[str, Blob]:
        return {"count": Blob((1, 1, 1, 1), learnable=False)}

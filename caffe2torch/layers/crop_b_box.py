"""CropBBox: maps with all but the objects' boxes blank (Caffe-TD)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class CropBBox(ShapesOnly):
    """Maps in which only an object's box is left; in TEST one for each box.

    Shape:    x (N, C, H, W), objects (1, 1, G, 8) -> same, or (G, C, H, W)
    Params:   crop_bbox_param is_crop_score_map, is_crop_all, is_crop_cls
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   niuchuangnn Caffe-TD src/caffe/layers/crop_bbox_layer.cpp
    """

    type = "CropBBox"
    origin = "Caffe-TD"
    bottoms, tops = (2, None), 1
    param_field = "crop_bbox_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, *rest = x.shape(0, 4, 4)
        param = x.param.crop_bbox_param
        whole = param.is_crop_score_map or param.is_crop_cls or param.is_crop_all
        return [(n if x.train or whole else x.shape(1, 4, 4)[2], *rest)]

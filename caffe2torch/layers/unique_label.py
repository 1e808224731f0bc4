"""UniqueLabel: the labels that an image has (deeplab)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class UniqueLabel(ShapesOnly):
    """The different labels of each image, filled up with -1.

    Shape:    labels (N, 1, H, W) -> (N, max_labels, 1, 1)
    Params:   max_labels; ignore_label; force_label
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Papandreou et al. (2015); DeepLab caffe src/caffe/layers/unique_label_layer.cpp
    """

    type = "UniqueLabel"
    origin = "deeplab"
    bottoms, tops = 1, 1
    param_field = "unique_label_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, _, _ = x.shape(0, 4, 4)
        return [(n, x.param.unique_label_param.max_labels, 1, 1)]

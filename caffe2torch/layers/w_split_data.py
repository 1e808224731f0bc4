"""WSplitData: hands one blob on to several, and weighs their gradients (Caffe_Gan)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class WSplitData(ShapesOnly):
    """The bottom for each top; backward weighs the second top's gradient.

    Shape:    x (N, C, H, W) -> as many of it as there are tops
    Params:   wsplit_param weight [1]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   limuhit Caffe_Gan src/caffe/layers/wsplit_data_layer.cpp
    """

    type = "WSplitData"
    origin = "Caffe_Gan"
    bottoms, tops = 1, (1, None)
    param_field = "wsplit_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)] * x.n_tops

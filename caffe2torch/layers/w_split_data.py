"""WSplitData: hands one blob on to several, and weighs their gradients (Caffe_Gan)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class WSplitData(Layer):
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
    shapes_only = True
    param_field = "wsplit_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)] * x.n_tops

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")

"""MMDLoss: how far two groups of features are from each other (transfer-caffe)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class MMDLoss(Layer):
    """Maximum mean discrepancy of two groups.

    Shape:    x (N, any), y (M, any) -> ()
    Params:   mmd_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Long et al. (2015); transfer-caffe
    """

    type = "MMDLoss"
    aliases = ("JMMDLoss",)
    origin = "transfer-caffe"
    bottoms, tops = (2, None), 1
    loss = True
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")

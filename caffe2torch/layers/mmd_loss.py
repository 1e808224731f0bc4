"""MMDLoss: how far two groups of features are from each other (transfer-caffe)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class MMDLoss(ShapesOnlyLoss):
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

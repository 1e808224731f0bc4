"""GeneralContrastiveLoss: contrastive loss of distances to centres (happynear)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class GeneralContrastiveLoss(Layer):
    """Loss of distances, small for the right centre and large for others.

    Shape:    distances (N, C), labels (N) -> ()[, more]
    Params:   general_contrastive_loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Wang et al., NormFace (2017); caffe-windows
    """

    type = "GeneralContrastiveLoss"
    origin = "happynear"
    bottoms, tops = 2, (1, 3)
    loss = True
    shapes_only = True
    param_field = "general_contrastive_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [()] * x.n_tops

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")

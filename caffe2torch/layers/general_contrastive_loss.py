"""GeneralContrastiveLoss: contrastive loss of distances to centres (happynear)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class GeneralContrastiveLoss(ShapesOnly):
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
    param_field = "general_contrastive_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [()] * x.n_tops

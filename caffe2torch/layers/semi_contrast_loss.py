"""SemiContrastLoss: contrastive loss of images and texts (CCL)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class SemiContrastLoss(ShapesOnlyLoss):
    """Contrastive loss of all pairs of an image and a text.

    Shape:    x (N, C), y (N, C), labels (N) -> ()
    Params:   semicontrast_loss_param feature_index
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Peng et al., CCL (2018); CCL_TMM2018 caffe-
              master/src/caffe/layers/semicontrast_loss_layer_divide.cpp
    """

    type = "SemiContrastLoss"
    origin = "CCL"
    bottoms, tops = (2, None), 1
    param_field = "semicontrast_loss_param"

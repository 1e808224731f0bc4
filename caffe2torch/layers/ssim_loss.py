"""SSIMLoss: structural dissimilarity of two images (Hidden-Two-Stream)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class SSIMLoss(ShapesOnlyLoss):
    """Structural dissimilarity of two images.

    Shape:    x (N, C, H, W), y the same, ... -> ()
    Params:   kernel_size; stride; c1; c2
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Wang et al. (2004); Hidden-Two-Stream caffe src/caffe/layers/ssim_loss_layer.cpp
    """

    type = "SSIMLoss"
    origin = "Hidden-Two-Stream"
    bottoms, tops = (2, None), 1
    param_field = "ssim_loss_param"

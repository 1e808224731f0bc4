"""SSIMLoss: structural dissimilarity of two images (Hidden-Two-Stream)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class SSIMLoss(Layer):
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
    shapes_only = True
    loss = True
    param_field = "ssim_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")

"""MaskLayer: the mask of each region as an image (MNC)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer

SIDE = 21


class MaskLayer(KnownLayer):
    """Masks of 21 by 21 pixels from rows of 441 scores.

    Shape:    mask scores (R, 441), ... -> masks (R, 1, 21, 21)[, labels (R, 1)]
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al., Instance-aware semantic segmentation (2016); MNC lib/pylayer/mask_layer.py
    """

    origin = "MNC"
    names = (("pylayer.mask_layer", "MaskLayer"),)
    bottoms, tops = (1, None), (1, 2)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        r = x.bottoms[0][0]
        return [(r, 1, SIDE, SIDE), (r, 1)][: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it cuts masks by the configuration of its project")

"""OtherAnchorTargetLayer: the AnchorTargetLayer of a project that has its own."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer


class OtherAnchorTargetLayer(KnownLayer):
    """What a region proposal network shall say of each anchor, by a rule that is not known.

    Shape:    scores (1, 2 * A, H, W), objects, image (1, 3), ... -> labels (1, 1, A * H, W);
              targets, inside weights and outside weights (1, 4 * A, H, W), or 5 * A of rotated
              boxes
    Params:   param_str of its project
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ren et al., Faster R-CNN (2015), whose class of this name other projects changed:
              RRPN, SSH and more
    """

    origin = "Faster R-CNN's forks"
    names = (("anchor_target_layer", "AnchorTargetLayer"),)
    bottoms, tops = (3, None), (1, None)
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        _, channels, h, w = x.shape(0, 4, 4)
        anchors = channels // 2
        numbers = 5 if "rotat" in x.param.python_param.module else 4
        targets = (1, numbers * anchors, h, w)
        return [(1, 1, anchors * h, w), *[targets] * (x.n_tops - 1)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "what it computes is its project's own")
